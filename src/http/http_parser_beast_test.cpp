// Whatever we accept, Boost.Beast's parser, written by others, must accept too and read the same way: two
// readers of one request that differ are what request smuggling is made of.
//
// One exception: Beast refuses the empty line before a head that RFC 9112 §2.2 wants ignored, so that it is
// given the head without.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "http/head_testing.hpp"

namespace gatehouse::http {
namespace {

namespace beast = boost::beast::http;
using namespace std::string_literals;
using testing::parse_request;

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> kSeeds{
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /api/v1/users?page=2 HTTP/1.1\r\nHost: a.example:8080\r\nContent-Length: 12\r\nAccept: */*\r\n\r\n",
      "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, Upgrade\r\nUpgrade: "
      "ws\r\n\r\n",
      "DELETE http://b.example/x HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\nCookie: e=f\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\nOrigin: https://o\r\nX-Empty:\r\nX-Tab:\ta\tb\t\r\n\r\n",
      "GET /%c3%a9 HTTP/1.0\r\nHost: [::1]:80\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n",
      "\r\nPATCH /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nX-Obs: \xE9\r\nConnection: close\r\n\r\n",
  };
  return kSeeds;
}

const std::vector<std::string>& pieces() {
  static const std::vector<std::string> kPieces{"\r\n",
                                                "\n",
                                                "\r",
                                                " ",
                                                "\t",
                                                ":",
                                                ",",
                                                ";",
                                                "\0"s,
                                                "\x7F",
                                                "\xFF",
                                                "0",
                                                "5",
                                                "\r\n ",
                                                "Host:",
                                                "chunked",
                                                "Content-Length: 5\r\n",
                                                "Transfer-Encoding: chunked\r\n",
                                                "HTTP/1.1",
                                                "\"",
                                                "\\",
                                                "X",
                                                "Connection: close\r\n",
                                                "//",
                                                "@",
                                                "A: b\r\n",
                                                "+",
                                                "-",
                                                "\v",
                                                "Transfer-Encoding: identity\r\n"};
  return kPieces;
}

// Numerical Recipes' linear congruential generator: the corpus is the same on every machine.
class Sequence {
 public:
  std::size_t below(std::size_t bound) {
    state_ = state_ * 1664525U + 1013904223U;
    return (state_ >> 8U) % bound;
  }

 private:
  std::uint32_t state_ = 1;
};

std::string mutate(std::string text, Sequence& sequence) {
  const auto& piece = pieces()[sequence.below(pieces().size())];
  const auto at = sequence.below(text.size());
  switch (sequence.below(4)) {
    case 0: return text.insert(at, piece);
    case 1: return text.replace(at, std::min(piece.size(), text.size() - at), piece);
    case 2: return text.erase(at, 1 + sequence.below(3));
    default: text[at] = static_cast<char>(text[at] ^ (1 << sequence.below(8))); return text;
  }
}

// Every seed line doubled or moved to another seed, then bytes changed: one or two changes leave most of it
// readable.
std::vector<std::string> corpus() {
  Sequence sequence;
  std::vector<std::string> texts = seeds();
  for (int i = 0; i < 20'000; ++i) {
    auto text = mutate(seeds()[sequence.below(seeds().size())], sequence);
    texts.push_back(sequence.below(2) == 0 ? text : mutate(text, sequence));
  }
  return texts;
}

void expect_same_fields(const RequestHead& ours, const beast::request_header<>& theirs, std::string_view text) {
  std::size_t i = 0;
  for (const auto& field : theirs) {
    ASSERT_LT(i, ours.block.count) << text;
    EXPECT_EQ(ours.block.fields[i].name, std::string_view{field.name_string()}) << text;
    EXPECT_EQ(ours.block.fields[i].value, std::string_view{field.value()}) << text;
    ++i;
  }
  EXPECT_EQ(i, ours.block.count) << text;
}

// Beast keeps fields of one name together: so do we before comparing.
void group_by_name(FieldBlock& block) {
  for (std::size_t i = 1; i < block.count; ++i) {
    std::size_t to = i;
    for (std::size_t j = 0; j < i; ++j) {
      if (equals_ignoring_case(block.fields[j].name, block.fields[i].name)) to = j + 1;
    }
    std::rotate(block.fields.begin() + static_cast<std::ptrdiff_t>(to),
                block.fields.begin() + static_cast<std::ptrdiff_t>(i),
                block.fields.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

void expect_same_reading(RequestHead& ours, std::string_view text) {
  beast::request_parser<beast::empty_body> parser;
  parser.header_limit(kMaxHeadBytes);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const auto consumed = parser.put(boost::asio::buffer(text.data(), text.size()), error);
  ASSERT_TRUE(parser.is_header_done()) << error.message() << '\n' << text;
  EXPECT_EQ(consumed, text.size()) << text;

  const auto& theirs = parser.get();
  EXPECT_EQ(ours.method_text, std::string_view{theirs.method_string()}) << text;
  EXPECT_EQ(ours.target, std::string_view{theirs.target()}) << text;
  EXPECT_EQ(ours.is_http_1_0, theirs.version() == 10) << text;
  EXPECT_EQ(ours.body == BodyFraming::chunked, parser.chunked()) << text;
  EXPECT_EQ(ours.body == BodyFraming::length, parser.content_length().has_value()) << text;
  if (ours.body == BodyFraming::length) EXPECT_EQ(ours.content_length, parser.content_length().value()) << text;
  EXPECT_EQ(ours.keep_alive, parser.keep_alive()) << text;
  EXPECT_EQ(ours.wants_upgrade, parser.upgrade() && ours.block.has(Known::upgrade)) << text;
  group_by_name(ours.block);
  expect_same_fields(ours, theirs, text);
}

TEST(RequestHeadBesideBeast, reads_the_same_in_whatever_it_accepts) {
  std::size_t accepted = 0;
  for (const auto& text : corpus()) {
    auto parsed = parse_request(text);
    if (parsed.result.status != HeadStatus::complete) continue;
    ++accepted;
    auto head = std::string_view{parsed.bytes}.substr(0, parsed.result.size);
    if (head.starts_with("\r\n")) head.remove_prefix(2);
    expect_same_reading(*parsed.head, head);
    if (HasFailure()) break;
  }
  EXPECT_GT(accepted, 3'000U);  // or nothing was compared
}

}  // namespace
}  // namespace gatehouse::http
