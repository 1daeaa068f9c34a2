#include "features/users/account_names.hpp"

#include <gtest/gtest.h>

namespace gatehouse::users {
namespace {

std::string code_of(const std::optional<FieldError>& error) {
  return error ? error->code : "fine";
}

TEST(Email, ordinary_addresses_are_fine) {
  for (const auto* email : {"ada@example.com", "a.b+tag@sub.example.co", "x@a-b.io", "o'neil@example.com"}) {
    EXPECT_EQ(code_of(check_email(email)), "fine") << email;
  }
}

TEST(Email, text_that_is_not_exactly_one_address_is_refused) {
  for (const auto* email : {"",
                            "@",
                            "a@",
                            "@b.example",
                            "a@x@y.example",
                            "a@@y.example",
                            "a b@example.com",
                            "a@exa mple.com",
                            "a@example.com,b@example.com",
                            "a@example.com;b@example.com",
                            "\"a\"@example.com",
                            "a\r\nBcc: z@z.example",
                            "a@example.com\r\n",
                            "a@example.com ",
                            " a@example.com",
                            "<a@example.com>",
                            "a@localhost",
                            "a@.example.com",
                            "a@example..com",
                            "a@example.com.",
                            "a..b@example.com",
                            ".a@example.com",
                            "a.@example.com",
                            "a@-x.example",
                            "a@x-.example",
                            "a@ex_ample.com",
                            "a@127.0.0.1",
                            "a@[127.0.0.1]",
                            "a\t@example.com",
                            "a(c)@example.com"}) {
    EXPECT_EQ(code_of(check_email(email)), "invalid_email") << email;
  }
  EXPECT_EQ(code_of(check_email(std::string_view{"a\0b@example.com", 15})), "invalid_email");
}

TEST(Email, homographs_are_refused_by_name) {
  EXPECT_EQ(code_of(check_email("\xEF\xBD\x81"
                                "da@example.com")),
            "not_ascii");                                                    // full-width a
  EXPECT_EQ(code_of(check_email("adm\xC4\xB1n@example.com")), "not_ascii");  // dotless i
  EXPECT_EQ(code_of(check_email("ada@ex\xD0\xB0mple.com")), "not_ascii");    // Cyrillic a
}

TEST(Email, each_length_bound_is_exact) {
  const std::string domain = "@example.com";
  EXPECT_EQ(code_of(check_email(std::string(64, 'a') + domain)), "fine");
  EXPECT_EQ(code_of(check_email(std::string(65, 'a') + domain)), "invalid_email");
  EXPECT_EQ(code_of(check_email("a@" + std::string(63, 'b') + ".com")), "fine");
  EXPECT_EQ(code_of(check_email("a@" + std::string(64, 'b') + ".com")), "invalid_email");
  const std::string label = "." + std::string(59, 'c');
  const std::string longest = std::string(10, 'a') + "@bcd" + label + label + label + label;
  ASSERT_EQ(longest.size(), 254U);
  EXPECT_EQ(code_of(check_email(longest)), "fine");
  EXPECT_EQ(code_of(check_email("a" + longest)), "too_long");
}

TEST(Email, case_does_not_make_a_second_account_but_a_dot_does) {
  EXPECT_EQ(email_key("Ada@Example.COM"), email_key("ada@example.com"));
  EXPECT_NE(email_key("a.da@example.com"), email_key("ada@example.com"));
}

TEST(Username, letters_digits_and_three_marks_between_3_and_32) {
  EXPECT_EQ(code_of(check_username("ada")), "fine");
  EXPECT_EQ(code_of(check_username("A.d_a-9")), "fine");
  EXPECT_EQ(code_of(check_username("ad")), "too_short");
  EXPECT_EQ(code_of(check_username(std::string(32, 'a'))), "fine");
  EXPECT_EQ(code_of(check_username(std::string(33, 'a'))), "too_long");
  for (const auto* name : {"a@b.example", "a b", "ad\n", "\xC3\xA9ve", "a/b"}) {
    EXPECT_EQ(code_of(check_username(name)), "invalid_username") << name;
  }
  EXPECT_EQ(username_key("AdA"), username_key("aDa"));
}

}  // namespace
}  // namespace gatehouse::users
