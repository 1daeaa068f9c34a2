#include <gtest/gtest.h>

#include <string>

#include "latency_histogram.hpp"
#include "options.hpp"
#include "response_size.hpp"
#include "script.hpp"

namespace gatehouse::load {
namespace {

using namespace std::chrono_literals;
using State = ResponseSize::State;

TEST(ResponseSize, ends_where_content_length_says_whatever_follows) {
  const std::string response = "HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\nA: b\r\n\r\nhello";
  const auto found = measure_response(response + "HTTP/1.1 404");
  EXPECT_EQ(found.state, State::complete);
  EXPECT_EQ(found.status, 200U);
  EXPECT_EQ(found.size, response.size());
  EXPECT_EQ(found.head, response.size() - 5);
}

TEST(ResponseSize, is_incomplete_at_every_cut) {
  for (const std::string response :
       {"HTTP/1.1 429 Too Many\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    for (std::size_t cut = 0; cut < response.size(); ++cut)
      EXPECT_EQ(measure_response(response.substr(0, cut)).state, State::incomplete) << cut;
    EXPECT_EQ(measure_response(response).size, response.size());
  }
}

TEST(ResponseSize, needs_no_length_where_the_status_has_no_body) {
  EXPECT_EQ(measure_response("HTTP/1.1 204 No Content\r\n\r\n").state, State::complete);
  EXPECT_EQ(measure_response("HTTP/1.1 200 OK\r\n\r\n").state, State::malformed);
}

TEST(ResponseSize, refuses_what_is_not_http) {
  EXPECT_EQ(measure_response("220 mail.example ESMTP\r\n").state, State::malformed);
  EXPECT_EQ(measure_response("HTTP/1.1 200 OK\nContent-Length: 0\n\n").state, State::malformed);
}

TEST(LatencyHistogram, gives_quantiles_within_a_64th) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.record(std::chrono::microseconds{i});
  const auto near = [](std::chrono::nanoseconds found, std::chrono::nanoseconds exact) {
    return found >= exact && found <= exact + exact / 64 + 1ns;
  };
  EXPECT_TRUE(near(histogram.quantile(0.5), 500us));
  EXPECT_TRUE(near(histogram.quantile(0.99), 990us));
  EXPECT_TRUE(near(histogram.quantile(1), 1000us));
  histogram.record(24h);
  EXPECT_GT(histogram.quantile(1), 8h);
}

TEST(LatencyHistogram, is_zero_when_empty) {
  EXPECT_EQ(LatencyHistogram{}.quantile(0.99), 0ns);
}

TEST(Script, takes_the_next_token_from_the_answer) {
  Script script{.batch = {}, .request_size = 0, .token = "first"};
  take_refresh_token(script, R"({"data":{"accessToken":"a.b.c","refreshToken":"second","expiresIn":900}})");
  EXPECT_EQ(script.token, "second");
  write_refresh(script, "/refresh");
  EXPECT_TRUE(script.batch.starts_with("POST /refresh HTTP/1.1\r\n"));
  EXPECT_TRUE(script.batch.ends_with("Content-Length: 25\r\n\r\n{\"refreshToken\":\"second\"}"));
  take_refresh_token(script, R"({"code":"REFRESH_TOKEN_REUSED"})");
  EXPECT_EQ(script.token, "second");
}

std::expected<Options, std::string> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "gatehouse_load");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  return parse_options(arguments);
}

TEST(LoadOptions, bounds_what_it_may_put_on_a_machine) {
  const std::vector<std::string> fine{"--port",        "80",    "--request", "r",
                                      "--connections", "20000", "--seconds", "600"};
  EXPECT_TRUE(parse(fine));
  for (const auto& [name, value] :
       {std::pair{"--connections", "20001"}, {"--seconds", "601"}, {"--depth", "65"}, {"--port", "0"}}) {
    auto words = fine;
    words.insert(words.end(), {name, value});
    EXPECT_FALSE(parse(words)) << name;
  }
}

}  // namespace
}  // namespace gatehouse::load
