#include "base/text.hpp"

#include <gmock/gmock.h>

#include "base/manual_clock.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

std::string from_base64url_text(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes) return "(refused)";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(Ascii, case_is_folded_for_letters_of_ascii_alone) {
  EXPECT_EQ(to_ascii_lower("AZaz09[@`\xC3\x89"), "azaz09[@`\xC3\x89");
  EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equals_ignoring_case("content-typ", "content-type"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));  // they differ by the bit that tells cases apart
}

TEST(TrimOws, takes_spaces_and_tabs_alone) {
  EXPECT_EQ(trim_ows(" \t a b \t"), "a b");
  EXPECT_EQ(trim_ows("\r\na\v"), "\r\na\v");
  EXPECT_EQ(trim_ows(" \t "), "");
}

TEST(Split, keeps_empty_parts) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Hex, is_lower_case) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view{"\x00\x0F\xA0\xFF", 4})), "000fa0ff");
  EXPECT_EQ(hex_value('F'), 15);
  EXPECT_EQ(lower_hex_value('F'), -1);
  EXPECT_EQ(hex_value('g'), -1);
}

// RFC 4648 §10, without the padding.
TEST(Base64Url, matches_the_vectors_of_the_rfc) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64url(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64url_text(encoded), plain);
  }
  EXPECT_EQ(to_base64url(as_bytes("\xFB\xFF")), "-_8");
}

TEST(Base64Url, refuses_every_second_spelling_of_a_value) {
  for (const char* text :
       {"Zg==", "Zg=", "Zh", "Zm9", "Z", "Zm9vY", " Zg", "Zg\n", "+/8", "Zm 9v", "Zm9\x80"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
  EXPECT_FALSE(from_base64url(std::string_view{"Z\0", 2}));
}

TEST(ParseUnsigned, takes_digits_up_to_the_largest_number) {
  EXPECT_EQ(parse_unsigned("0"), 0U);
  EXPECT_EQ(parse_unsigned("007"), 7U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
  for (const char* text :
       {"", "18446744073709551616", "99999999999999999999", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3"}) {
    EXPECT_FALSE(parse_unsigned(text)) << text;
  }
}

TEST(Rfc3339, has_milliseconds_and_is_utc) {
  EXPECT_EQ(rfc3339(UnixTime{0ms}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(ManualClock::kStart + 661'007ms), "2026-11-20T20:11:01.007Z");
  EXPECT_EQ(rfc3339(UnixTime{std::chrono::sys_days{std::chrono::year{2028} / 2 / 29}} + 86'399'999ms),
            "2028-02-29T23:59:59.999Z");
  EXPECT_EQ(rfc3339(UnixTime{-1ms}), "1969-12-31T23:59:59.999Z");
}

TEST(HttpDate, matches_the_example_of_the_rfc) {
  EXPECT_EQ(http_date(UnixTime{784'111'777'999ms}), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 §5.6.7
}

TEST(Duration, is_a_whole_number_and_a_unit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("12h"), 12h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  for (const char* text : {"", "s", "10", "1.5h", "-1s", "10 s", "10S", "1h30m", "1w", "ms", "10sm"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, ends_where_milliseconds_do) {
  EXPECT_EQ(parse_duration("9223372036854775807ms"), std::chrono::milliseconds{INT64_MAX});
  EXPECT_FALSE(parse_duration("9223372036854775808ms"));
  EXPECT_EQ(parse_duration("106751991167d"), std::chrono::hours{24} * 106'751'991'167);
  EXPECT_FALSE(parse_duration("106751991168d"));
}

TEST(Duration, text_is_read_back) {
  for (const char* text : {"0s", "1ms", "1500ms", "90s", "15m", "90m", "12h", "7d", "1d"}) {
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
  }
  EXPECT_EQ(duration_text(24h), "1d");
}

TEST(Size, is_a_number_with_a_binary_unit_or_none) {
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("10KiB"), 10'240U);
  EXPECT_EQ(parse_size("4MiB"), 4U << 20U);
  EXPECT_EQ(parse_size("1GiB"), 1U << 30U);
  for (const char* text : {"", "KiB", "B", "10KB", "10kib", "10 KiB", "1.5MiB", "-1", "10K", "8589934592GiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Size, text_is_read_back) {
  for (const char* text : {"0B", "1B", "1025B", "10KiB", "1536KiB", "4MiB", "3GiB"}) {
    EXPECT_EQ(size_text(*parse_size(text)), text);
  }
}

TEST(Utf8, is_well_formed_by_table_3_7_of_unicode) {
  for (const char* text : {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << to_hex(as_bytes(text));
  }
  EXPECT_TRUE(is_valid_utf8(std::string_view{"\0", 1}));
}

TEST(Utf8, refuses_overlong_surrogate_cut_and_too_large) {
  for (const char* text : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF",
                           "\xED\xA0\x80", "\xE1\x80", "\xE1\x80\x41", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80", "\xF1\x80\x80", "\xFE", "\xFF", "a\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << to_hex(as_bytes(text));
  }
}

TEST(Utf8, counts_code_points) {
  EXPECT_EQ(count_code_points("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 4U);
  EXPECT_EQ(count_code_points(""), 0U);
}

}  // namespace
}  // namespace gatehouse
