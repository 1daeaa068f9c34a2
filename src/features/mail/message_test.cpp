#include "features/mail/message.hpp"

#include <gmock/gmock.h>

#include "base/manual_clock.hpp"
#include "base/text.hpp"

namespace gatehouse::mail {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

Message message_to(const std::string& to, Rendered rendered, const config::Mailbox& from) {
  return compose("0191d0b2", Letter{.to = to, .kind = Kind::login_code, .variables = {}}, std::move(rendered),
                 from, ManualClock::kStart);
}

TEST(Message, has_the_headers_that_mail_servers_ask_for) {
  const auto made = message_to("ada@example.org", {"Your code", "text", "<p>html</p>"},
                               {.name = "Example Shop", .address = "no-reply@example.com"});
  EXPECT_EQ(made.from, "no-reply@example.com");
  EXPECT_THAT(made.bytes, ::testing::StartsWith(
                              "From: \"Example Shop\"\r\n <no-reply@example.com>\r\nTo: ada@example.org\r\n"
                              "Subject: Your code\r\nDate: Fri, 20 Nov 2026 20:00:00 +0000\r\n"
                              "Message-ID: <0191d0b2@example.com>\r\nX-Gatehouse-Kind: login-code\r\n"
                              "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                              "Content-Type: multipart/alternative;\r\n boundary=\"=_0191d0b2\"\r\n\r\n"));
  EXPECT_THAT(made.bytes, AllOf(HasSubstr("\r\n\r\ntext\r\n--=_0191d0b2\r\n"),
                                HasSubstr("\r\n\r\n<p>html</p>\r\n--=_0191d0b2--\r\n")));
}

TEST(Message, is_seven_bit_in_short_lines_that_end_in_crlf) {
  const std::string odd = "über \xF0\x9F\x94\x91 " + std::string(2'000, 'x') + "\r\ttab \n.\n..dots\nlast ";
  const auto made = message_to("ada@example.org", {odd.substr(0, 500), odd, odd},
                               {.name = "Zoë & Söhne", .address = "no-reply@example.com"});
  EXPECT_THAT(made.bytes, Each(::testing::Lt('\x7F')));
  EXPECT_THAT(made.bytes, Each(::testing::Gt('\0')));
  std::string without = made.bytes;
  for (auto at = without.find("\r\n"); at != std::string::npos; at = without.find("\r\n")) {
    EXPECT_LE(at, 998U) << without.substr(0, at);
    without.erase(0, at + 2);
    const auto next = without.find_first_of("\r\n");
    if (next != std::string::npos) EXPECT_EQ(without.substr(next, 2), "\r\n");
  }
}

TEST(QuotedPrintable, follows_rfc_2045) {
  EXPECT_EQ(quoted_printable("a=b"), "a=3Db\r\n");
  EXPECT_EQ(quoted_printable("line one \nline\ttwo\t"), "line one=20\r\nline=09two=09\r\n");
  EXPECT_EQ(quoted_printable("\xC3\xBC"), "=C3=BC\r\n");
  EXPECT_EQ(quoted_printable(std::string(80, 'x')),
            std::string(75, 'x') + "=\r\n" + std::string(5, 'x') + "\r\n");
  EXPECT_EQ(quoted_printable(std::string(74, 'x') + "="), std::string(74, 'x') + "=\r\n=3D\r\n");
}

TEST(HeaderText, leaves_plain_ascii_alone) {
  EXPECT_EQ(header_text("Your code: 100 %, \"ok\""), "Your code: 100 %, \"ok\"");
}

TEST(HeaderText, encodes_what_is_not_ascii_or_looks_encoded_or_could_end_the_line) {
  EXPECT_EQ(header_text("Zoë"), "=?UTF-8?Q?Zo=C3=AB?=");
  EXPECT_EQ(header_text("=?UTF-8?Q?x?="), "=?UTF-8?Q?=3D=3FUTF=2D8=3FQ=3Fx=3F=3D?=");
  EXPECT_EQ(header_text("a\r\nBcc: b"), "=?UTF-8?Q?a=0D=0ABcc=3A_b?=");
}

TEST(HeaderText, splits_long_text_between_characters_into_words_of_75) {
  std::string keys;
  for (int i = 0; i < 40; ++i) keys += "\xF0\x9F\x94\x91";
  for (std::string_view line : split(header_text(keys), '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim_ows(line);
    EXPECT_LE(line.size(), 75U);
    EXPECT_TRUE(line.starts_with("=?UTF-8?Q?=F0") && line.ends_with("=91?=")) << line;
  }
}

}  // namespace
}  // namespace gatehouse::mail
