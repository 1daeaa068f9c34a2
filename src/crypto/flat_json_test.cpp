#include "crypto/flat_json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::crypto {
namespace {

using testing::ElementsAre;
using testing::Pointee;

std::optional<std::string> text_in(std::string_view quoted) {
  const auto object = read_flat_object(fmt::format(R"({{"a":{}}})", quoted));
  if (!object || object->text("a") == nullptr) return std::nullopt;
  return *object->text("a");
}

std::optional<std::uint64_t> integer_in(std::string_view digits) {
  const auto object = read_flat_object(fmt::format(R"({{"a":{}}})", digits));
  if (!object || object->integer("a") == nullptr) return std::nullopt;
  return *object->integer("a");
}

TEST(FlatJson, reads_texts_integers_and_arrays_of_texts) {
  const auto object = read_flat_object("\t{ \"a\" : \"x\" ,\r\n\"b\":7, \"c\":[ \"y\" , \"z\" ],\"d\":[]} ");
  ASSERT_TRUE(object);
  EXPECT_THAT(object->text("a"), Pointee(std::string{"x"}));
  EXPECT_THAT(object->integer("b"), Pointee(7U));
  EXPECT_THAT(object->texts("c"), Pointee(ElementsAre("y", "z")));
  EXPECT_THAT(object->texts("d"), Pointee(ElementsAre()));
  EXPECT_EQ(object->size(), 4U);
}

TEST(FlatJson, does_not_take_one_type_for_another) {
  const auto object = read_flat_object(R"({"a":"7","b":7,"c":["7"]})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->integer("a"), nullptr);
  EXPECT_EQ(object->texts("a"), nullptr);
  EXPECT_EQ(object->text("b"), nullptr);
  EXPECT_EQ(object->texts("b"), nullptr);
  EXPECT_EQ(object->text("c"), nullptr);
  EXPECT_EQ(object->text("A"), nullptr);
  EXPECT_FALSE(object->has("d"));
}

TEST(FlatJson, reads_an_empty_object) {
  EXPECT_EQ(read_flat_object("{}")->size(), 0U);
}

TEST(FlatJson, refuses_what_is_not_such_an_object) {
  for (const std::string_view bad : {
           "",
           " ",
           "null",
           "true",
           "7",
           "\"a\"",
           "[]",
           "[{}]",
           "{",
           "}",
           "{}{}",
           "{} x",
           "{},",
           "{\"a\"}",
           "{\"a\":}",
           "{\"a\":1,}",
           "{,\"a\":1}",
           "{\"a\":1,,\"b\":2}",
           "{\"a\" 1}",
           "{\"a\"::1}",
           "{\"a\":1 \"b\":2}",
           "{a:1}",
           "{'a':1}",
           "{1:1}",
           "{\"a\":1",
           "{\"a\":\"x}",
           "{\"a\":\"x",
           "{\"a\":[\"x\"}",
           "{\"a\":[\"x\",]}",
           "{\"a\":[,]}",
           "{\"a\":[1]}",
           "{\"a\":[[\"x\"]]}",
           "{\"a\":{}}",
           "{\"a\":{\"b\":1}}",
           "{\"a\":true}",
           "{\"a\":false}",
           "{\"a\":null}",
           "{\"a\":NaN}",
           "{\"a\":1}/**/",
           "/**/{\"a\":1}",
           "{\"a\":1}//",
           "\xEF\xBB\xBF{}",
           "\x0B{}",
           "{\"a\":x}",
       }) {
    EXPECT_FALSE(read_flat_object(bad)) << bad;
  }
  EXPECT_FALSE(read_flat_object(std::string_view{"{}\0", 3}));
  EXPECT_FALSE(read_flat_object(std::string_view{"\0{}", 3}));
}

TEST(FlatJson, refuses_two_members_of_one_name) {
  for (const std::string_view twice : {
           R"({"a":1,"a":1})",
           R"({"a":1,"a":"1"})",
           R"({"a":1,"b":2,"a":3})",
           R"({"a":1,"\u0061":1})",
           R"({"\u0061":1,"a":1})",
           R"({"":1,"":2})",
           R"({"/":1,"\/":2})",
       }) {
    EXPECT_FALSE(read_flat_object(twice)) << twice;
  }
  EXPECT_TRUE(read_flat_object(R"({"a":1,"A":2})"));
}

TEST(FlatJson, reads_whole_numbers_alone) {
  EXPECT_EQ(integer_in("0"), 0U);
  EXPECT_EQ(integer_in("10"), 10U);
  EXPECT_EQ(integer_in("18446744073709551615"), UINT64_MAX);
  for (const std::string_view bad : {"18446744073709551616",
                                     "99999999999999999999999",
                                     "00",
                                     "01",
                                     "-0",
                                     "-1",
                                     "+1",
                                     "1.0",
                                     "1.5",
                                     "1e3",
                                     "1E3",
                                     "1e-3",
                                     ".5",
                                     "1.",
                                     "0x10",
                                     "1 2",
                                     "1_000",
                                     "",
                                     " ",
                                     "\xD9\xA1"}) {
    EXPECT_EQ(integer_in(bad), std::nullopt) << bad;
  }
}

TEST(FlatJson, unescapes_as_rfc_8259_says) {
  EXPECT_EQ(text_in(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text_in(R"("\u0041\u00e9\u20AC\ud83d\uDE00")"), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(text_in(R"("\uFFFF")"), "\uFFFF");
  EXPECT_EQ(text_in(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(text_in("\"\u00e9 \x7F\""), "\u00e9 \x7F");
}

TEST(FlatJson, refuses_bad_escapes_and_bad_characters) {
  for (const std::string_view bad :
       {R"("\")",      R"("\x41")",         R"("\a")",           R"("\U0041")",       R"("\u")",
        R"("\u004")",  R"("\u00g1")",       R"("\ud83d")",       R"("\ud83d\u0041")", R"("\ud83d\n")",
        R"("\ude00")", R"("\ud83d\ud83d")", R"("\ud83dxude00")", "\"a\nb\"",          "\"\x1F\"",
        "\"\xFF\"",    "\"\xC3\"",          "\"\xC0\xAF\"",      "\"\xED\xA0\x80\"",  "\"\xF4\x90\x80\x80\""}) {
    EXPECT_EQ(text_in(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(text_in(std::string_view{"\"a\0b\"", 5}), std::nullopt);
}

TEST(FlatJson, has_a_bound_for_members_and_array_items) {
  const auto members = [](std::size_t count) {
    std::string json = "{";
    for (std::size_t i = 0; i < count; ++i) json += fmt::format("{}\"{}\":1", i > 0 ? "," : "", i);
    return json + "}";
  };
  EXPECT_TRUE(read_flat_object(members(kMaxFlatMembers)));
  EXPECT_FALSE(read_flat_object(members(kMaxFlatMembers + 1)));

  const auto items = [](std::size_t count) {
    std::string json = R"({"a":[)";
    for (std::size_t i = 0; i < count; ++i) json += i > 0 ? R"(,"")" : R"("")";
    return json + "]}";
  };
  EXPECT_TRUE(read_flat_object(items(kMaxFlatStrings)));
  EXPECT_FALSE(read_flat_object(items(kMaxFlatStrings + 1)));
}

TEST(FlatJson, is_refused_wherever_it_breaks_off) {
  constexpr std::string_view kWhole = R"({"a":"x\u0041","b":7,"c":["y","z"]})";
  ASSERT_TRUE(read_flat_object(kWhole));
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    EXPECT_FALSE(read_flat_object(kWhole.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace gatehouse::crypto
