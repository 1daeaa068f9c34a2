// What is JSON and what is not. The first letter of each name says it: y must be accepted, n refused, and d is
// text on which parsers in the field disagree, each with the side that we chose.
#include <gtest/gtest.h>

#include <string>

#include "http/json.hpp"
#include "http/json_document.hpp"

using gatehouse::http::is_strict_json;
using gatehouse::http::parse_json;

namespace {

using std::string_view_literals::operator""sv;

struct Case {
  const char* name;
  std::string_view text;
};

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string nested(std::size_t depth) {
  return repeated("[", depth) + repeated("]", depth);
}

std::string object_of(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  return text + "}";
}

constexpr Case kCases[] = {
    {"y_empty_object", "{}"},
    {"y_empty_array", "[]"},
    {"y_space_around", " \t\r\n{} \t\r\n"},
    {"y_space_inside", "{ \"a\" : [ 1 , 2 ] }"},
    {"y_lonely_string", "\"a\""},
    {"y_lonely_number", "42"},
    {"y_lonely_true", "true"},
    {"y_lonely_false", "false"},
    {"y_lonely_null", "null"},
    {"y_zero", "0"},
    {"y_minus_zero", "-0"},
    {"y_negative", "-12"},
    {"y_fraction", "1.5"},
    {"y_exponent", "1e5"},
    {"y_exponent_upper", "1E5"},
    {"y_exponent_plus", "1e+5"},
    {"y_exponent_minus", "1e-5"},
    {"y_fraction_and_exponent", "-0.5e-3"},
    {"y_exponent_leading_zero", "1e05"},
    {"y_largest_uint64", "18446744073709551615"},
    {"y_beyond_uint64", "18446744073709551616"},
    {"y_all_escapes", R"("\"\\\/\b\f\n\r\t\u0041")"},
    {"y_escaped_nul", R"("\u0000")"},
    {"y_surrogate_pair", R"("\ud83d\ude00")"},
    {"y_surrogate_pair_upper", R"("\uD83D\uDE00")"},
    {"y_escaped_noncharacter", R"("\uFFFF")"},
    {"y_utf8_two_bytes", "\"\xC3\xA9\""},
    {"y_utf8_three_bytes", "\"\xE2\x82\xAC\""},
    {"y_utf8_four_bytes", "\"\xF0\x9F\x98\x80\""},
    {"y_utf8_last_code_point", "\"\xF4\x8F\xBF\xBF\""},
    {"y_line_separator", "\"\xE2\x80\xA8\""},
    {"y_del_in_string", "\"\x7F\""},
    {"y_empty_name", "{\"\":1}"},
    {"y_same_name_in_siblings", "[{\"a\":1},{\"a\":2}]"},
    {"y_same_name_in_child", "{\"a\":{\"a\":{\"a\":1}}}"},
    {"y_names_differ_in_case", "{\"a\":1,\"A\":2}"},
    {"y_name_again_after_child", "{\"b\":{\"a\":1},\"a\":2}"},

    {"n_nothing", ""},
    {"n_space_alone", " \n "},
    {"n_two_values", "{}{}"},
    {"n_trailing_bracket", "{}]"},
    {"n_trailing_text", "{} x"},
    {"n_trailing_nul", "{}\0"sv},
    {"n_trailing_comma_object", "{\"a\":1,}"},
    {"n_trailing_comma_array", "[1,]"},
    {"n_leading_comma", "[,1]"},
    {"n_double_comma", "[1,,2]"},
    {"n_missing_comma", "[1 2]"},
    {"n_missing_colon", "{\"a\" 1}"},
    {"n_missing_value", "{\"a\":}"},
    {"n_missing_name", "{:1}"},
    {"n_double_colon", "{\"a\"::1}"},
    {"n_number_as_name", "{1:1}"},
    {"n_bare_name", "{a:1}"},
    {"n_single_quotes", "{'a':1}"},
    {"n_open_object", "{\"a\":1"},
    {"n_open_array", "[1"},
    {"n_open_string", "\"a"},
    {"n_open_escape", "\"\\"},
    {"n_wrong_bracket", "[1}"},
    {"n_comment_block", "{}/* */"},
    {"n_comment_line", "{} // x"},
    {"n_comment_inside", "{/* */}"},
    {"n_hash_comment", "{} # x"},
    {"n_nan", "NaN"},
    {"n_infinity", "Infinity"},
    {"n_minus_infinity", "[-Infinity]"},
    {"n_true_upper", "True"},
    {"n_true_cut", "tru"},
    {"n_true_longer", "truee"},
    {"n_null_upper", "NULL"},
    {"n_plus_number", "+1"},
    {"n_leading_zero", "01"},
    {"n_negative_leading_zero", "-01"},
    {"n_minus_alone", "-"},
    {"n_dot_first", ".5"},
    {"n_dot_last", "1."},
    {"n_exponent_empty", "1e"},
    {"n_exponent_sign_alone", "1e+"},
    {"n_hex_number", "0x1F"},
    {"n_number_with_underscore", "1_000"},
    {"n_fullwidth_digit", "\xEF\xBC\x91"},
    {"n_escape_unknown", R"("\x41")"},
    {"n_escape_quote", R"("\'")"},
    {"n_escape_upper_u", R"("\U0041")"},
    {"n_escape_short", R"("\u004")"},
    {"n_escape_no_hex", R"("\u00g0")"},
    {"n_raw_newline", "\"a\nb\""},
    {"n_raw_tab", "\"\t\""},
    {"n_raw_nul", "\"\0\""sv},
    {"n_raw_escape", "\"\x1B[31m\""},
    {"n_lone_high_surrogate", R"("\ud800")"},
    {"n_lone_low_surrogate", R"("\udc00")"},
    {"n_two_high_surrogates", R"("\ud800\ud800")"},
    {"n_surrogates_swapped", R"("\udc00\ud800")"},
    {"n_high_surrogate_then_text", R"("\ud800x")"},
    {"n_high_surrogate_then_escape", R"("\ud800\n")"},
    {"n_lone_surrogate_in_name", R"({"\ud800":1})"},
    {"n_lone_continuation", "\"\x80\""},
    {"n_overlong_slash", "\"\xC0\xAF\""},
    {"n_overlong_three", "\"\xE0\x80\xAF\""},
    {"n_utf8_surrogate", "\"\xED\xA0\x80\""},
    {"n_beyond_unicode", "\"\xF4\x90\x80\x80\""},
    {"n_byte_fe", "\"\xFE\""},
    {"n_cut_sequence", "\"\xE2\x82\""},
    {"n_latin1", "\"\xE9\""},
    {"n_bad_utf8_in_name", "{\"\xFF\":1}"},
    {"n_utf16", "\xFF\xFE{\0}\0"sv},
    {"n_form_feed_as_space", "\f{}"},
    {"n_no_break_space", "\xC2\xA0{}"},
    {"n_same_name", "{\"a\":1,\"a\":2}"},
    {"n_same_name_same_value", "{\"a\":1,\"a\":1}"},
    {"n_same_name_escaped", R"({"a":1,"\u0061":2})"},
    {"n_same_name_deep", "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]"},
    {"n_same_empty_name", "{\"\":1,\"\":2}"},
    {"n_same_name_after_child", "{\"a\":1,\"b\":{\"c\":[{}]},\"a\":2}"},

    {"dn_byte_order_mark", "\xEF\xBB\xBF{}"},
    {"dy_number_rounds_to_infinity", "1e400"},
    {"dn_exponent_overflows", "1e99999999999999999999"},
    {"dy_long_fraction", "0.1000000000000000055511151231257827021181583404541015625"},
    {"dy_tiny", "1e-400"},
    {"dy_private_use", "\"\xEE\x80\x80\""},
    {"dy_noncharacter", "\"\xEF\xBF\xBF\""},
};

std::string error_of(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? "" : parsed.error();
}

}  // namespace

TEST(StrictJson, accepts_and_refuses_as_the_table_says) {
  for (const Case& c : kCases) {
    const std::string_view name{c.name};
    const bool expected = name.starts_with("y_") || name.starts_with("dy_");
    EXPECT_EQ(is_strict_json(c.text), expected) << name;
  }
}

TEST(StrictJson, every_cut_of_a_text_is_refused) {
  constexpr std::string_view kText = R"({"a":[1.5e3,"\ud83d\ude00é",true,null,{"b":""}]})";
  ASSERT_TRUE(is_strict_json(kText));
  for (std::size_t size = 0; size < kText.size(); ++size)
    EXPECT_FALSE(is_strict_json(kText.substr(0, size))) << size;
}

TEST(StrictJson, nests_32_deep_and_no_deeper) {
  EXPECT_TRUE(is_strict_json(nested(32)));
  EXPECT_FALSE(is_strict_json(nested(33)));
  EXPECT_EQ(error_of(nested(33)), "The body is not acceptable JSON. It is nested too deeply (near byte 32).");
}

TEST(StrictJson, stops_reading_where_it_gets_too_deep) {
  // The position proves that the other 99,968 levels were never looked at.
  EXPECT_EQ(error_of(repeated("[", 100'000)),
            "The body is not acceptable JSON. It is nested too deeply (near byte 32).");
  EXPECT_FALSE(is_strict_json(repeated("{\"a\":", 100'000)));
}

TEST(StrictJson, holds_256_members_and_no_more_in_all_objects_together) {
  EXPECT_TRUE(is_strict_json(object_of(256)));
  EXPECT_FALSE(is_strict_json(object_of(257)));
  EXPECT_TRUE(is_strict_json("[" + object_of(128) + "," + object_of(128) + "]"));
  EXPECT_FALSE(is_strict_json("[" + object_of(128) + "," + object_of(129) + "]"));
}

TEST(StrictJson, holds_1024_elements_an_array_and_no_more) {
  EXPECT_TRUE(is_strict_json("[0" + repeated(",0", 1023) + "]"));
  EXPECT_FALSE(is_strict_json("[0" + repeated(",0", 1024) + "]"));
}

TEST(StrictJson, strings_are_limited_to_64_kib) {
  EXPECT_TRUE(is_strict_json("\"" + std::string(65536, 'x') + "\""));
  EXPECT_FALSE(is_strict_json("\"" + std::string(65537, 'x') + "\""));
  EXPECT_FALSE(is_strict_json("\"" + repeated("\\u0041", 65537) + "\""));
}

TEST(StrictJson, names_are_limited_to_256_bytes) {
  EXPECT_TRUE(is_strict_json("{\"" + std::string(256, 'x') + "\":1}"));
  EXPECT_FALSE(is_strict_json("{\"" + std::string(257, 'x') + "\":1}"));
}

TEST(StrictJson, says_where_a_text_went_wrong_without_repeating_it) {
  EXPECT_EQ(error_of(""), "The body is empty; it must be JSON.");
  EXPECT_EQ(error_of("{\"pw\":hunter2}"), "The body is not valid JSON (near byte 6).");
  EXPECT_EQ(error_of("{} hunter2"), "The body goes on after the end of its JSON value (at byte 3).");
  EXPECT_EQ(error_of("{\"pw\":\"hunter2"), "The body is not valid JSON: it ends too early (at byte 14).");
  EXPECT_EQ(error_of("{\"hunter2\":1,\"hunter2\":2}"),
            "The body is not acceptable JSON. A member is given twice (near byte 21).");
}
