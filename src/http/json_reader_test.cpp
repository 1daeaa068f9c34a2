#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/json.hpp"

using gatehouse::Error;
using gatehouse::ErrorCode;
using gatehouse::http::JsonObjectReader;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

// "field code" of each, in order.
std::vector<std::string> complaints(JsonObjectReader& body) {
  const auto result = body.finish();
  if (result) return {};
  EXPECT_EQ(result.error().code, ErrorCode::validation_failed);
  std::vector<std::string> all;
  for (const auto& field : result.error().fields) all.push_back(field.field + " " + field.code);
  return all;
}

}  // namespace

TEST(JsonObject, gives_arrays_of_strings) {
  JsonObjectReader body{R"({"empty":[],"two":["a","b"],"null":null})"};
  EXPECT_THAT(*body.optional_strings("empty", {}, 2), IsEmpty());
  EXPECT_THAT(*body.optional_strings("two", {}, 2), ElementsAre("a", "b"));
  EXPECT_FALSE(body.optional_strings("null", {}, 2));
  EXPECT_FALSE(body.optional_strings("absent", {}, 2));
  EXPECT_TRUE(body.finish());
}

TEST(JsonObject, refuses_arrays_that_are_no_arrays_of_such_strings) {
  JsonObjectReader body{
      R"({"text":"a","object":{"a":"b"},"mixed":["a",1],"deep":[["a"]],"objects":["a",{"b":"c"}],"many":["a","b","c"],)"
      R"("long":["a","bcd"]})"};
  for (const char* member : {"text", "object", "mixed", "deep", "objects", "many", "long"}) {
    EXPECT_FALSE(body.optional_strings(member, {.max_bytes = 2}, 2)) << member;
  }
  EXPECT_THAT(complaints(body),
              ElementsAre("text wrong_type", "object wrong_type", "mixed wrong_type", "deep wrong_type",
                          "objects wrong_type", "many too_many", "long too_long"));
}

TEST(JsonObject, gives_its_members) {
  JsonObjectReader body{R"({"email":"a@b.example","name":"Zoë \ud83d\ude00","remember":true})"};
  EXPECT_EQ(body.required_string("email", {.min_bytes = 1, .max_bytes = 254}), "a@b.example");
  EXPECT_EQ(body.optional_string("name", {.max_bytes = 100}), "Zoë 😀");
  EXPECT_TRUE(body.required_bool("remember"));
  EXPECT_TRUE(body.finish().has_value());
}

TEST(JsonObject, refuses_privileged_and_unknown_members) {
  JsonObjectReader body{R"({"email":"a@b.example","role":"admin","emailVerified":true,"id":null})"};
  static_cast<void>(body.required_string("email", {}));
  EXPECT_THAT(complaints(body),
              ElementsAre("role unknown_field", "emailVerified unknown_field", "id unknown_field"));
}

TEST(JsonObject, tells_every_wrong_field_at_once) {
  JsonObjectReader body{R"({"short":"ab","long":"abcdef","number":1,"flag":"true","extra":1})"};
  EXPECT_EQ(body.required_string("short", {.min_bytes = 3}), "");
  EXPECT_EQ(body.required_string("long", {.max_bytes = 5}), "");
  EXPECT_EQ(body.required_string("number", {}), "");
  EXPECT_EQ(body.required_string("absent", {}), "");
  EXPECT_FALSE(body.required_bool("flag"));
  EXPECT_FALSE(body.required_bool("other"));
  body.add_error("short", "invalid", "Must be nice.");
  EXPECT_THAT(complaints(body),
              ElementsAre("short too_short", "long too_long", "number wrong_type", "absent required",
                          "flag wrong_type", "other required", "short invalid", "extra unknown_field"));
}

TEST(JsonObject, takes_null_for_absent) {
  JsonObjectReader body{R"({"a":null,"b":null,"c":null})"};
  EXPECT_EQ(body.required_string("a", {}), "");
  EXPECT_EQ(body.optional_string("b", {}), std::nullopt);
  EXPECT_FALSE(body.required_bool("c"));
  EXPECT_EQ(body.optional_string("d", {}), std::nullopt);
  EXPECT_TRUE(body.has("b"));
  EXPECT_FALSE(body.has("d"));
  EXPECT_THAT(complaints(body), ElementsAre("a required", "c required"));
}

TEST(JsonObject, has_does_not_make_a_member_known) {
  JsonObjectReader body{R"({"a":"x"})"};
  EXPECT_TRUE(body.has("a"));
  EXPECT_THAT(complaints(body), ElementsAre("a unknown_field"));
}

TEST(JsonObject, accepts_no_other_type_for_a_string) {
  for (const std::string value : {"1", "true", "[\"a\"]", "{\"a\":\"b\"}"}) {
    JsonObjectReader body{"{\"a\":" + value + "}"};
    EXPECT_EQ(body.optional_string("a", {}), std::nullopt);
    EXPECT_THAT(complaints(body), ElementsAre("a wrong_type")) << value;
  }
}

TEST(JsonObject, does_not_take_an_inner_member_for_an_outer_one) {
  JsonObjectReader body{R"({"x":{"role":"admin"},"y":[{"role":"admin"}]})"};
  EXPECT_FALSE(body.has("role"));
  EXPECT_EQ(body.optional_string("role", {}), std::nullopt);
  EXPECT_THAT(complaints(body), ElementsAre("x unknown_field", "y unknown_field"));
}

TEST(JsonObject, counts_lengths_in_bytes_and_in_code_points) {
  JsonObjectReader body{R"({"three":"€","four":"€€€€","five":"€€€€€"})"};
  EXPECT_EQ(body.required_string("three", {.min_bytes = 3, .max_bytes = 3}), "€");
  EXPECT_EQ(body.required_string("four", {.max_code_points = 4}), "€€€€");
  EXPECT_EQ(body.required_string("five", {.max_code_points = 4}), "");
  EXPECT_THAT(complaints(body), ElementsAre("five too_long"));
}

TEST(JsonObject, lets_control_characters_into_passwords_alone) {
  constexpr std::string_view kBody = R"({"a":"x\u0000y","b":"x\u007fy","c":"x\ny"})";
  JsonObjectReader lenient{kBody};
  EXPECT_EQ(lenient.required_string("a", {.allow_controls = true}), std::string("x\0y", 3));
  EXPECT_EQ(lenient.required_string("b", {.allow_controls = true}), "x\x7Fy");
  EXPECT_EQ(lenient.required_string("c", {.allow_controls = true}), "x\ny");
  EXPECT_TRUE(lenient.finish().has_value());

  JsonObjectReader strict{kBody};
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(strict.required_string(name, {}), "");
  EXPECT_THAT(complaints(strict), ElementsAre("a invalid", "b invalid", "c invalid"));
}

TEST(JsonObject, malformed_text_gives_its_place_and_no_field_errors) {
  JsonObjectReader body{R"({"email":"a@b.example",})"};
  EXPECT_EQ(body.required_string("email", {}), "");
  EXPECT_FALSE(body.required_bool("flag"));
  const auto result = body.finish();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::malformed_json);
  EXPECT_EQ(result.error().public_detail, "The body is not valid JSON (near byte 23).");
  EXPECT_THAT(result.error().fields, IsEmpty());
}

TEST(JsonObject, a_half_read_object_gives_nothing) {
  JsonObjectReader body{R"({"role":"admin","role":"user"})"};
  EXPECT_FALSE(body.has("role"));
  EXPECT_EQ(body.optional_string("role", {}), std::nullopt);
}

TEST(JsonObject, must_be_an_object) {
  for (const char* text : {"[]", "\"a\"", "1", "true", "null", "[{\"email\":\"a\"}]"}) {
    JsonObjectReader body{text};
    EXPECT_EQ(body.required_string("email", {}), "");
    EXPECT_THAT(complaints(body), ElementsAre(" wrong_type")) << text;
  }
}

TEST(JsonObject, never_repeats_a_value) {
  JsonObjectReader body{R"({"a":"hunter2hunter2","b":"hunter2\u0007","c":"hunter2","hunter3":"hunter2"})"};
  static_cast<void>(body.required_string("a", {.max_bytes = 8}));
  static_cast<void>(body.required_string("b", {}));
  static_cast<void>(body.required_bool("c"));
  const auto result = body.finish();
  ASSERT_FALSE(result.has_value());
  ASSERT_EQ(result.error().fields.size(), 4U);
  for (const auto& field : result.error().fields) EXPECT_EQ(field.message.find("hunter"), std::string::npos);
  EXPECT_EQ(result.error().detail, "");
}

TEST(JsonObject, gives_at_most_64_errors) {
  std::string text = "{\"m0\":0";
  for (int i = 1; i < 65; ++i) text += ",\"m" + std::to_string(i) + "\":0";
  JsonObjectReader body{text + "}"};
  EXPECT_EQ(complaints(body).size(), 64U);
}
