// HT-02
#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::http {
namespace {

using Status = ChunkedDecoder::Status;
using namespace std::string_literals;

struct Decoded {
  Status status = Status::need_more;
  std::string body;
  std::size_t consumed = 0;
};

// Feeds `input` in pieces of `piece` bytes, as reads from a socket would.
Decoded decode(std::string_view input, std::size_t piece = std::string_view::npos) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (decoded.consumed < input.size()) {
    const auto step = decoder.next(input.substr(decoded.consumed, piece));
    decoded.status = step.status;
    decoded.consumed += step.consumed;
    decoded.body += step.data;
    if (step.status == Status::done || step.status == Status::refused) break;
  }
  return decoded;
}

TEST(Chunked, gives_the_body_and_leaves_the_next_message) {
  const std::string coded = "5\r\nhello\r\n00A;x=\"y\"\r\n, big worl\r\n1\r\nd\r\n0\r\n\r\n";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U}) {
    const auto decoded = decode(coded + "GET /", piece);
    EXPECT_EQ(decoded.status, Status::done) << piece;
    EXPECT_EQ(decoded.body, "hello, big world") << piece;
    EXPECT_EQ(decoded.consumed, coded.size()) << piece;
  }
}

TEST(Chunked, data_are_views_into_the_input) {
  const std::string input = "3\r\nabc\r\n";
  ChunkedDecoder decoder;
  const auto step = decoder.next(input);
  EXPECT_EQ(step.status, Status::data);
  EXPECT_EQ(step.data.data(), input.data() + 3);
  EXPECT_EQ(step.data, "abc");
  EXPECT_EQ(step.consumed, 6U);
}

TEST(Chunked, wants_more_after_every_beginning) {
  const std::string coded = "5;a\r\nhello\r\n0\r\nX-A: b\r\n\r\n";
  for (std::size_t size = 1; size < coded.size(); ++size) {
    const auto decoded = decode(std::string_view{coded}.substr(0, size), 1);
    EXPECT_TRUE(decoded.status == Status::need_more || decoded.status == Status::data) << size;
    EXPECT_EQ(decoded.consumed, size);
  }
  EXPECT_EQ(decode(coded).status, Status::done);
}

TEST(Chunked, stays_done_and_stays_refused) {
  ChunkedDecoder done;
  EXPECT_EQ(done.next("0\r\n\r\n").status, Status::done);
  EXPECT_EQ(done.next("5\r\n").status, Status::done);
  EXPECT_EQ(done.next("5\r\n").consumed, 0U);
  ChunkedDecoder refused;
  EXPECT_EQ(refused.next("g").status, Status::refused);
  EXPECT_EQ(refused.next("0\r\n\r\n").status, Status::refused);
}

TEST(Chunked, refuses_malformed_sizes) {
  for (const std::string& size :
       std::vector<std::string>{"", " 5", "5 ", "\t5", "+5", "-1", "0x5", "5g", "G", "5.0", "5,5", "\v5",
                                "5\0"s, "\xEF\xBC\x95", "5\t;a", "5 ;a", ";a", "00000000000000005"}) {
    EXPECT_EQ(decode(size + "\r\nhello\r\n0\r\n\r\n").status, Status::refused) << size;
  }
}

TEST(Chunked, reads_sizes_of_16_digits_without_overflow) {
  EXPECT_EQ(decode("0000000000000005\r\nhello\r\n0\r\n\r\n").body, "hello");
  EXPECT_EQ(decode("0000000000000000\r\n\r\n").status, Status::done);
  const auto largest = decode("ffffffffffffffff\r\nab");
  EXPECT_EQ(largest.status, Status::data);
  EXPECT_EQ(largest.body, "ab");
  // 2^64 + 1 would wrap to 1.
  EXPECT_EQ(decode("10000000000000001\r\na\r\n0\r\n\r\n").status, Status::refused);
}

// The size of one chunk must leave nothing behind for the next.
TEST(Chunked, starts_every_size_afresh) {
  std::string coded;
  for (int i = 0; i < 40; ++i) coded += "01\r\nx\r\n";
  EXPECT_EQ(decode(coded + "0\r\n\r\n").body, std::string(40, 'x'));
  EXPECT_EQ(decode("1\r\nx\r\n\r\n").status, Status::refused);
  EXPECT_EQ(decode("1\r\nx\r\n;a\r\n\r\n").status, Status::refused);
}

TEST(Chunked, refuses_any_line_end_but_crlf) {
  for (const std::string& coded : std::vector<std::string>{
           "5\nhello\r\n0\r\n\r\n",
           "5\r\nhello\n0\r\n\r\n",
           "5\r\nhello\r\n0\n\r\n",
           "5\r\nhello\r\n0\r\n\n",
           "5\rhello\r\n0\r\n\r\n",
           "5\r\nhello\r0\r\n\r\n",
           "5\r\nhello0\r\n\r\n",
           "5\r\nhelloX\r\n0\r\n\r\n",
           "5\r\nhell\r\n0\r\n\r\n",
           "5\r\r\nhello\r\n0\r\n\r\n",
           "5\r\nhello\r\n0\r\n\rX",
           "5\r\nhello\r\n0\r\nA: b\n\r\n",
           "5\r\nhello\r\n0\r\nA: b\r\r\n",
       }) {
    EXPECT_EQ(decode(coded).status, Status::refused) << coded;
  }
}

TEST(Chunked, refuses_control_characters_in_extensions) {
  for (int c = 0; c < 256; ++c) {
    if (c == '\r') continue;  // the line end
    const bool is_control = c < 0x20 || c == 0x7F;
    const auto decoded = decode("1;a"s + static_cast<char>(c) + "b\r\nx\r\n0\r\n\r\n");
    EXPECT_EQ(decoded.status, is_control ? Status::refused : Status::done) << c;
  }
}

TEST(Chunked, limits_the_extension_of_each_chunk_to_256_bytes) {
  const std::string longest(256, 'e');
  const auto chunk = "1;" + longest + "\r\nx\r\n";
  EXPECT_EQ(decode(chunk + chunk + "0;" + longest + "\r\n\r\n").status, Status::done);
  EXPECT_EQ(decode("1;" + longest + "e\r\nx\r\n0\r\n\r\n").status, Status::refused);
  EXPECT_EQ(decode("1;" + longest + "e").status, Status::refused);
}

TEST(Chunked, drops_trailers_that_are_well_formed) {
  const std::string coded = "1\r\nx\r\n0\r\nContent-Length: 5\r\nX-A:\r\nX-B: \t\xC3\xA9\r\n\r\n";
  const auto decoded = decode(coded + "rest", 1);
  EXPECT_EQ(decoded.status, Status::done);
  EXPECT_EQ(decoded.body, "x");
  EXPECT_EQ(decoded.consumed, coded.size());
}

TEST(Chunked, refuses_malformed_trailers) {
  for (const std::string& line :
       std::vector<std::string>{"X-A : b", ": b", " X-A: b", "\tX-A: b", "X-A", "X A: b", "X-A: b\r\n folded",
                                "X-A: \x01", "X-A: \0"s, "X-\x7F: b", "X-A: b\x7F", "GET / HTTP/1.1"}) {
    EXPECT_EQ(decode("0\r\n" + line + "\r\n\r\n").status, Status::refused) << line;
  }
}

TEST(Chunked, limits_the_trailers_to_8_kib) {
  const std::string start = "X-A: ";
  const auto longest = start + std::string(8 * 1024 - start.size() - 2, 'a');  // 8 KiB with its CRLF
  EXPECT_EQ(decode("0\r\n" + longest + "\r\n\r\n").status, Status::done);
  EXPECT_EQ(decode("0\r\n" + longest + "a\r\n\r\n").status, Status::refused);
  std::string many;
  for (int i = 0; i < 1025; ++i) many += "X: abc\r\n";  // 8 bytes each
  EXPECT_EQ(decode("0\r\n" + many + "\r\n").status, Status::refused);
}

}  // namespace
}  // namespace gatehouse::http
