#include "observe/log_line.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

using namespace gatehouse::observe;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

constexpr gatehouse::UnixTime kTime{1'795'204'800'007ms};  // 2026-11-20T20:00:00.007Z

std::string event_line(std::vector<LogField> fields, LogFormat format = LogFormat::json,
                       std::string_view message = "Said.") {
  std::string out;
  TimeText time;
  append_line(
      out, time, format,
      LogEvent{.time = kTime, .level = LogLevel::warn, .event = "thing", .message = message, .fields = fields});
  return out;
}

// What stands between the fixed start of such a line and its end.
std::string fields_of(std::vector<LogField> fields) {
  const std::string line = event_line(std::move(fields));
  constexpr std::string_view kStart =
      R"({"time":"2026-11-20T20:00:00.007Z","level":"warn","event":"thing","message":"Said.")";
  EXPECT_TRUE(line.starts_with(kStart)) << line;
  EXPECT_TRUE(line.ends_with("}\n")) << line;
  return line.substr(kStart.size(), line.size() - kStart.size() - 2);
}

RequestLine request() {
  return {.time = kTime,
          .id = "r1",
          .method = "GET",
          .path = "/api/v1/users/me",
          .route = "/api/v1/users/me",
          .status = 200,
          .duration = 123us,
          .bytes = 456,
          .client = "192.0.2.1",
          .user = "u1"};
}

std::string request_line(const RequestLine& line, LogFormat format = LogFormat::json) {
  std::string out;
  TimeText time;
  append_line(out, time, format, line);
  return out;
}

bool is_one_line(std::string_view line) {
  return line.ends_with('\n') && line.find('\n') == line.size() - 1 &&
         line.find_first_of("\r\x1B\x7F\0"sv) == std::string_view::npos &&
         line.find("\u009B") == std::string_view::npos && line.find("\u2028") == std::string_view::npos;
}

}  // namespace

TEST(LogLine, writes_each_type_as_json_has_it) {
  EXPECT_EQ(fields_of({}), "");
  EXPECT_EQ(fields_of({{"text", "a"}, {"owned", std::string{"b"}}, {"view", "c"sv}}),
            R"(,"text":"a","owned":"b","view":"c")");
  EXPECT_EQ(fields_of({{"int", -1}, {"unsigned", 2U}, {"long", std::int64_t{-3}}, {"size", std::size_t{4}}}),
            R"(,"int":-1,"unsigned":2,"long":-3,"size":4)");
  EXPECT_EQ(fields_of({{"yes", true}, {"no", false}, {"half", 0.5}}), R"(,"yes":true,"no":false,"half":0.5)");
  EXPECT_EQ(fields_of({{"nan", std::numeric_limits<double>::quiet_NaN()},
                       {"inf", std::numeric_limits<double>::infinity()}}),
            R"(,"nan":null,"inf":null)");
}

TEST(LogLine, is_one_line_whatever_the_values_hold) {
  for (const auto hostile : {"a\r\nb", "\x1B[2J\x1B]0;x\x07", "\",\"level\":\"info", "\\", "\u009B31m",
                             "\u2028x\u2029", "\xFF\xFE", "\xC3", "\x7F", "}\n{\"forged\":1}"}) {
    for (const auto format : {LogFormat::json, LogFormat::text}) {
      EXPECT_TRUE(is_one_line(event_line({{"username", hostile}}, format))) << hostile;
      EXPECT_TRUE(is_one_line(event_line({}, format, hostile))) << hostile;
      RequestLine line = request();
      line.id = line.method = line.path = line.route = line.client = line.user = line.code = hostile;
      EXPECT_TRUE(is_one_line(request_line(line, format))) << hostile;
    }
  }
}

TEST(LogLine, escapes_a_forged_line_into_its_value) {
  EXPECT_EQ(fields_of({{"kid", "x\"}\n{\"event\":\"y"}}), R"(,"kid":"x\"}\n{\"event\":\"y")");
  EXPECT_EQ(fields_of({{"agent", std::string_view{"\x1B[31m\xFF\0", 7}}}),
            ",\"agent\":\"\\u001b[31m\uFFFD\\u0000\"");
}

TEST(LogLine, cuts_long_values_between_characters) {
  const std::string fits(2048, 'x');
  EXPECT_EQ(fields_of({{"a", fits}}), ",\"a\":\"" + fits + "\"");
  EXPECT_EQ(fields_of({{"a", fits + "y"}}), ",\"a\":\"" + fits + "…\"");
  const std::string across = std::string(2046, 'x') + "€€";
  EXPECT_EQ(fields_of({{"a", across}}), ",\"a\":\"" + std::string(2046, 'x') + "…\"");
}

TEST(LogLine, redacts_fields_with_secret_names) {
  EXPECT_EQ(fields_of({{"password", "hunter2"}, {"code", 123456}, {"user", "u1"}}),
            R"(,"password":"[redacted]","code":"[redacted]","user":"u1")");
  EXPECT_EQ(event_line({{"token", "hunter2"}}, LogFormat::text).find("hunter2"), std::string::npos);
}

TEST(LogLine, knows_secret_names_in_every_spelling) {
  for (const char* name : {"password",
                           "newPassword",
                           "PASSWORD_HASH",
                           "passwd",
                           "pwd",
                           "passphrase",
                           "token",
                           "refresh_token",
                           "accessToken",
                           "secret",
                           "client-secret",
                           "authorization",
                           "Proxy-Authorization",
                           "cookie",
                           "Set-Cookie",
                           "key",
                           "api_key",
                           "apiKey",
                           "APIKEY",
                           "X-Api-Key",
                           "private.key",
                           "code",
                           "otp_code",
                           "verificationCode",
                           "otp",
                           "pin",
                           "jwt",
                           "csrf",
                           "credentials",
                           "signature",
                           "passwordHash",
                           "auth"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
}

TEST(LogLine, shows_names_that_only_resemble_secrets) {
  for (const char* name :
       {"monkey", "keyboard", "encoded", "opinion", "author", "hashed", "barcode", "user", "id", "ip", "key_id",
        "error_code", "status_code", "exit_code", "country_code", ""}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(RequestLogLine, tells_who_asked_what_and_what_came_of_it) {
  EXPECT_EQ(request_line(request()),
            R"({"time":"2026-11-20T20:00:00.007Z","level":"info","event":"request","id":"r1","method":"GET",)"
            R"("path":"/api/v1/users/me","status":200,"duration_us":123,"route":"/api/v1/users/me",)"
            R"("client":"192.0.2.1","user":"u1","bytes":456})"
            "\n");
}

TEST(RequestLogLine, names_the_problem_and_leaves_out_what_is_not_there) {
  RequestLine line = request();
  line.status = 503;
  line.user = line.route = {};
  line.code = "OVERLOADED";
  EXPECT_EQ(
      request_line(line),
      R"({"time":"2026-11-20T20:00:00.007Z","level":"warn","event":"request","id":"r1","method":"GET",)"
      R"("path":"/api/v1/users/me","status":503,"duration_us":123,"client":"192.0.2.1","code":"OVERLOADED",)"
      R"("bytes":456})"
      "\n");
}

TEST(RequestLogLine, never_shows_a_query) {
  for (const auto format : {LogFormat::json, LogFormat::text}) {
    RequestLine line = request();
    line.path = "/reset?token=hunter2?x";
    EXPECT_EQ(request_line(line, format).find('?'), std::string::npos);
    EXPECT_EQ(request_line(line, format).find("hunter2"), std::string::npos);
  }
}

TEST(TextLogLine, reads_like_a_sentence) {
  EXPECT_EQ(event_line({{"file", "a b"}, {"count", 3}, {"empty", ""}}, LogFormat::text),
            "2026-11-20T20:00:00.007Z WARN  thing: Said. file=\"a b\" count=3 empty=\"\"\n");
  EXPECT_EQ(
      request_line(request(), LogFormat::text),
      "2026-11-20T20:00:00.007Z INFO  GET /api/v1/users/me 200 duration_us=123 id=r1 route=/api/v1/users/me "
      "client=192.0.2.1 user=u1 bytes=456\n");
}

TEST(TextLogLine, a_value_cannot_look_like_two) {
  EXPECT_TRUE(event_line({{"name", "x user=admin"}}, LogFormat::text).ends_with(" name=\"x user=admin\"\n"));
  EXPECT_TRUE(event_line({{"name", "user=admin"}}, LogFormat::text).ends_with(" name=\"user=admin\"\n"));
  EXPECT_TRUE(event_line({{"name", "\"a"}}, LogFormat::text)
                  .ends_with(R"( name="\"a")"
                             "\n"));
}

TEST(TimeText, follows_the_clock_in_both_directions) {
  TimeText text;
  std::string out;
  for (const auto step : {0ms, 992ms, 993ms, -8ms, 0ms}) {
    out.clear();
    text.append(out, kTime + step);
    if (step == 0ms) EXPECT_EQ(out, "2026-11-20T20:00:00.007Z");
    if (step == 992ms) EXPECT_EQ(out, "2026-11-20T20:00:00.999Z");
    if (step == 993ms) EXPECT_EQ(out, "2026-11-20T20:00:01.000Z");
    if (step == -8ms) EXPECT_EQ(out, "2026-11-20T19:59:59.999Z");
  }
}

TEST(TimeText, writes_the_epoch) {
  TimeText text;
  std::string out;
  text.append(out, gatehouse::UnixTime{});
  EXPECT_EQ(out, "1970-01-01T00:00:00.000Z");
}
