#include "config/mail_syntax.hpp"

#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using Kind = MailTransport::Kind;

TEST(MailTransport, is_log_a_folder_or_a_server) {
  EXPECT_EQ(parse_mail_transport("log")->kind, Kind::log);
  EXPECT_EQ(parse_mail_transport("dir:out/box")->folder, "out/box");
  const auto smtp = parse_mail_transport("smtp://mail.example.com");
  ASSERT_TRUE(smtp);
  EXPECT_TRUE(smtp->kind == Kind::smtp && smtp->host == "mail.example.com" && smtp->port == 587 &&
              smtp->user.empty());
  const auto smtps = parse_mail_transport("smtps://[::1]:4650");
  ASSERT_TRUE(smtps);
  EXPECT_TRUE(smtps->kind == Kind::smtps && smtps->host == "[::1]" && smtps->port == 4650);
  EXPECT_EQ(parse_mail_transport("smtps://h.example")->port, 465U);
}

TEST(MailTransport, takes_an_address_as_user) {
  EXPECT_EQ(parse_mail_transport("smtp://me@mail.example.com")->user, "me");
  EXPECT_EQ(parse_mail_transport("smtp://me@a.example@mail.example.com")->user, "me@a.example");
  EXPECT_EQ(parse_mail_transport("smtp://me%40a.example%3A%25@mail.example.com")->user, "me@a.example:%");
}

TEST(MailTransport, refuses_everything_else) {
  for (const char* wrong : {"",
                            "LOG",
                            "log:",
                            "dir:",
                            "dir:a\nb",
                            "smtp:",
                            "smtp://",
                            "smtp://host:",
                            "smtp://host:x",
                            "smtp://host:65536",
                            "smtp://HOST",
                            "smtp://host/",
                            "smtp://host?x",
                            "smtp://a:b@host",
                            "smtp://@host",
                            "smtp://a%@host",
                            "smtp://a%4@host",
                            "smtp://a%0D@host",
                            "http://host",
                            "smtp://a b"}) {
    EXPECT_FALSE(parse_mail_transport(wrong)) << wrong;
  }
}

TEST(Mailbox, has_an_address_and_perhaps_a_name) {
  EXPECT_EQ(parse_mailbox("a@example.com")->address, "a@example.com");
  EXPECT_EQ(parse_mailbox("<a@example.com>")->name, "");
  EXPECT_EQ(parse_mailbox("Söhne & Co. <a@example.com>")->name, "Söhne & Co.");
  EXPECT_EQ(parse_mailbox("\"Shop, the\" <a@example.com>")->name, "Shop, the");
}

TEST(Mailbox, refuses_what_could_become_another_header_or_address) {
  for (const std::string wrong :
       {"", "a", "<>", "A <a@b", "A a@b>", "A <a@b> <c@d", "A <a@b>, B <c@d>", "A <a b@c>", "A\r\nX: y <a@b>",
        "A\" <a@b>", "A\\ <a@b>", "A <a@b\r\n>", "\xFF <a@b>"}) {
    EXPECT_FALSE(parse_mailbox(wrong)) << wrong;
  }
  EXPECT_TRUE(parse_mailbox(std::string(128, 'n') + " <a@b>"));
  EXPECT_FALSE(parse_mailbox(std::string(129, 'n') + " <a@b>"));
}

TEST(MailAddress, is_of_dot_atoms) {
  for (const char* right :
       {"a@b", "no-reply@localhost", "a.b+c@x-y.example", "!#$%&'*+-/=?^_`{|}~@e.example"}) {
    EXPECT_TRUE(is_mail_address(right)) << right;
  }
  for (const char* wrong : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a..b@c", ".a@b", "a@b.", "a@-b", "a@b_c",
                            "a<b@c", "a@b>", "\"a\"@b", "a@[1.2.3.4]", "ä@b", "a@b\r\n", "a\n@b", "a,b@c"}) {
    EXPECT_FALSE(is_mail_address(wrong)) << wrong;
  }
}

TEST(MailAddress, has_the_lengths_of_rfc_5321) {
  const std::string local(64, 'l');
  EXPECT_TRUE(is_mail_address(local + "@example.org"));
  EXPECT_FALSE(is_mail_address(local + "l@example.org"));
  const std::string label = std::string(47, 'd') + ".";
  const std::string domain = label + label + label + std::string(254 - 65 - 3 * 48, 'd');
  EXPECT_TRUE(is_mail_address(local + "@" + domain)) << domain.size();
  EXPECT_FALSE(is_mail_address(local + "@" + domain + "d"));
}

}  // namespace
}  // namespace gatehouse::config
