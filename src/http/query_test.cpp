#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "http/endpoint.hpp"

using gatehouse::ErrorCode;
using gatehouse::http::parse_query;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

std::vector<std::string> complaints(std::string_view query) {
  const auto result = parse_query(query, {"page", "limit", "sort", "q"});
  if (result) return {};
  EXPECT_EQ(result.error().code, ErrorCode::validation_failed);
  std::vector<std::string> all;
  for (const auto& field : result.error().fields) all.push_back(field.field + " " + field.code);
  return all;
}

TEST(Query, what_can_be_read_is_given_beside_what_is_wrong) {
  const std::array<std::string_view, 2> allowed{"a", "b"};
  std::vector<gatehouse::FieldError> errors;
  const auto parameters = gatehouse::http::read_query("a=1&c=2&b=%zz&a=3", allowed, errors);
  EXPECT_THAT(parameters, ElementsAre(Pair("a", "1")));
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[0].field + errors[1].field + errors[2].field, "cba");
}

}  // namespace

TEST(Query, gives_its_parameters_in_order) {
  EXPECT_THAT(*parse_query("page=2&limit=20&sort=-createdAt", {"page", "limit", "sort"}),
              ElementsAre(Pair("page", "2"), Pair("limit", "20"), Pair("sort", "-createdAt")));
  EXPECT_THAT(*parse_query("", {"page"}), IsEmpty());
  EXPECT_THAT(*parse_query("&&page=1&", {"page"}), ElementsAre(Pair("page", "1")));
}

TEST(Query, decodes_names_and_values_once) {
  EXPECT_THAT(*parse_query("%71=a%2Bb%26%3D%c3%A9+x", {"q"}), ElementsAre(Pair("q", "a+b&=é x")));
  EXPECT_THAT(*parse_query("q=%2525", {"q"}), ElementsAre(Pair("q", "%25")));
}

TEST(Query, a_name_without_a_value_has_an_empty_one) {
  EXPECT_THAT(*parse_query("q", {"q"}), ElementsAre(Pair("q", "")));
  EXPECT_THAT(*parse_query("q=", {"q"}), ElementsAre(Pair("q", "")));
  EXPECT_THAT(*parse_query("q=a=b", {"q"}), ElementsAre(Pair("q", "a=b")));
}

TEST(Query, refuses_what_it_does_not_know) {
  EXPECT_THAT(complaints("page=1&role=admin&Page=2"), ElementsAre("role unknown_field", "Page unknown_field"));
  EXPECT_THAT(complaints("=1"), ElementsAre(" unknown_field"));
}

TEST(Query, refuses_a_parameter_given_twice_in_any_spelling) {
  EXPECT_THAT(complaints("page=1&page=1"), ElementsAre("page invalid"));
  EXPECT_THAT(complaints("page=1&p%61ge=2"), ElementsAre("page invalid"));
}

TEST(Query, refuses_malformed_escapes) {
  for (const std::string escape : {"%", "%4", "%zz", "%4z", "%%41", "a%"}) {
    EXPECT_THAT(complaints("q=" + escape), ElementsAre("q invalid")) << escape;
  }
  EXPECT_THAT(complaints("%zz=1"), ElementsAre("%zz invalid"));
}

TEST(Query, refuses_control_characters_and_bytes_that_are_no_utf8) {
  for (const std::string escape : {"%00", "%0a", "%1B", "%7f", "%ff", "%c0%af", "%ed%a0%80"}) {
    EXPECT_THAT(complaints("q=" + escape), ElementsAre("q invalid")) << escape;
  }
}

TEST(Query, tells_at_most_16_errors_and_64_bytes_of_a_name) {
  std::string query;
  for (int i = 0; i < 17; ++i) query += "x" + std::to_string(i) + "&";
  EXPECT_EQ(complaints(query).size(), 16U);
  EXPECT_THAT(complaints(std::string(65, 'x')), ElementsAre(std::string(64, 'x') + " unknown_field"));
}
