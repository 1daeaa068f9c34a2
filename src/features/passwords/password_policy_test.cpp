#include "features/passwords/password_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::passwords {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> codes(std::string_view password, const PasswordRules& rules = {},
                               const PasswordContext& context = {}) {
  std::vector<std::string> found;
  const auto normal = normalise(password);
  if (!normal) return {normal.error().code};
  for (const FieldError& error : check(*normal, rules, context)) found.push_back(error.code);
  return found;
}

std::string refusal(std::string_view password) {
  const auto normal = normalise(password);
  return normal ? "" : normal.error().code;
}

std::string normal(std::string_view password) {
  return std::string{normalise(password).value().reveal()};
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

}  // namespace

TEST(PasswordLength, is_refused_one_below_the_least_and_accepted_at_it) {
  EXPECT_THAT(codes("tK4#vqZ9w"), ElementsAre("too_short"));
  EXPECT_THAT(codes("tK4#vqZ9wM"), IsEmpty());
  EXPECT_THAT(codes("tK4#vqZ9wM", {.min_length = 11}), ElementsAre("too_short"));
}

TEST(PasswordLength, counts_code_points_after_normalisation) {
  EXPECT_THAT(codes(repeated("🗝", 9)), ElementsAre("too_short"));
  EXPECT_THAT(codes(repeated("🗝", 10)), IsEmpty());
  EXPECT_THAT(codes(repeated("🗝", 15), {.min_length = 16}), ElementsAre("too_short"));
  // e and a combining acute accent are one é.
  EXPECT_THAT(codes(repeated("e\u0301", 9)), ElementsAre("too_short"));
}

TEST(PasswordLength, has_its_cap_at_1024_bytes) {
  for (const std::size_t size : {64U, 128U, 1024U}) EXPECT_EQ(refusal(std::string(size, 'x')), "") << size;
  EXPECT_EQ(refusal(std::string(1025, 'x')), "too_long");
  EXPECT_EQ(normal(std::string(1024, 'x')).size(), 1024U);
}

TEST(PasswordRules, ask_for_no_classes_of_characters_unless_told) {
  EXPECT_THAT(codes("vqzkwmtrpbxj"), IsEmpty());
  const PasswordRules all{.require = {.upper = true, .lower = true, .digit = true, .symbol = true}};
  EXPECT_THAT(codes("vqzkwmtrpbxj", all), ElementsAre("missing_upper", "missing_digit", "missing_symbol"));
  EXPECT_THAT(codes("VQZKWMTRPBXJ", all), ElementsAre("missing_lower", "missing_digit", "missing_symbol"));
  EXPECT_THAT(codes("vqzkWmtr4 bxj", all), IsEmpty()) << "a space is a symbol";
  EXPECT_THAT(codes("ñqzkÑmtr٣«xj", all), IsEmpty()) << "letters and digits of other scripts";
}

TEST(PasswordRules, report_all_that_is_wrong_for_the_field_that_was_named) {
  const auto errors = check(Secret{std::string{"abc"}}, {.require = {.digit = true}}, {}, "newPassword");
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].field, "newPassword");
  EXPECT_EQ(errors[0].code, "too_short");
  EXPECT_EQ(errors[1].code, "missing_digit");
  EXPECT_EQ(normalise("", "newPassword").error().field, "newPassword");
}

TEST(PasswordNormalisation, makes_two_ways_to_write_a_letter_one) {
  EXPECT_EQ(normal("caf\u00e9"), "caf\u00e9");
  EXPECT_EQ(normal("cafe\u0301"), "caf\u00e9");
  EXPECT_EQ(normal("\u1112\u1161\u11ab"), "\ud55c");  // Hangul
  EXPECT_EQ(normal("\u212b"), "\u00c5");              // Å, the unit
  EXPECT_EQ(normal("\ufb01"), "\ufb01") << "NFKC would make fi of the ligature";
}

TEST(PasswordNormalisation, changes_nothing_else) {
  for (const std::string_view text :
       {std::string_view{" Space at both ends "}, std::string_view("nul\0 inside", 11),
        std::string_view("n\u00fcl\0 inside", 12), std::string_view{"\t\r\n"}, std::string_view{"CaSe"},
        std::string_view{"ß ſ İ"}}) {
    EXPECT_EQ(normal(text), text);
  }
}

TEST(PasswordNormalisation, refuses_what_is_empty_or_no_utf8) {
  EXPECT_EQ(refusal(""), "required");
  EXPECT_EQ(refusal("abc\xff"), "invalid_encoding");
  EXPECT_EQ(refusal("\xc0\xaf"), "invalid_encoding");
  EXPECT_EQ(refusal("\xed\xa0\x80"), "invalid_encoding");  // a surrogate
}

TEST(PasswordContext, refuses_what_others_know_of_the_user) {
  const PasswordContext context{.email = "jane.moore@example.org",
                                .username = "jmoore77",
                                .name = "Jane Q. Moorefield",
                                .issuer_host = "auth.wintermute.example"};
  for (const std::string_view password :
       {"jane.moore2026Aa1", "JaneMoore#19!x", "xx-Moore-9#kk", "J4n3#tK4vqZ9w", "tK4jmoore77vq",
        "mooref1eld#tK4", "W1nterMute#99", "Gatehouse#tK4v", "g4teh0use#tK4v"}) {
    EXPECT_THAT(codes(password, {}, context), ElementsAre("contains_context")) << password;
  }
  EXPECT_THAT(codes("tK4#vqZ9wMauth", {}, context), IsEmpty()) << "what a host does is no secret of this one";
  EXPECT_THAT(codes("tK4#vqZ9wMexample", {}, context), IsEmpty()) << "the top-level domain";
}

TEST(PasswordContext, finds_names_that_have_digits) {
  const PasswordContext context{.email = "x1l0phon3@example.org"};
  EXPECT_THAT(codes("tK4x1l0phon3", {}, context), ElementsAre("contains_context"));
  EXPECT_THAT(codes("tK4X1L0PHON3", {}, context), ElementsAre("contains_context"));
}

TEST(PasswordContext, leaves_words_under_four_bytes_alone) {
  const PasswordContext context{
      .email = "al@example.org", .username = "bob", .name = "Al Bo", .issuer_host = "x.io"};
  EXPECT_THAT(codes("tK4al#bobvqBo", {}, context), IsEmpty());
  EXPECT_THAT(codes("tK4bobsq#xxal", {}, {.username = "bobs"}), ElementsAre("contains_context"));
}

TEST(PasswordContext, of_an_address_without_local_part_or_at_sign_is_no_trouble) {
  EXPECT_THAT(codes("tK4#vqZ9wMxx", {}, {.email = "@"}), IsEmpty());
  EXPECT_THAT(codes("tK4#vqZ9wMxx", {}, {.email = "janet"}), IsEmpty());
}

TEST(PasswordRules, apply_the_blocklist_when_there_is_one) {
  EXPECT_THAT(codes("Password123!"), IsEmpty());
  EXPECT_THAT(codes("Password123!", {.blocklist = Blocklist::builtin()}), ElementsAre("too_common"));
}

}  // namespace gatehouse::passwords
