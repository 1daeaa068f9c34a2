#include "features/mail/templates.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "db/temporary_database.hpp"

namespace gatehouse::mail {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Templates::Common kCommon{.site = "https://api.example.com", .sender = "Example <Shop>"};

Letter letter_with_all(Kind kind) {
  Letter letter{.to = "ada@example.org", .kind = kind, .variables = {}};
  for (const char* name : {"link", "code", "minutes", "newEmail", "device", "ip", "place", "time", "days"}) {
    letter.variables.emplace_back(name, Secret{std::string{"<"} + name + "&>"});
  }
  return letter;
}

void write(const std::string& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

TEST(Templates, are_built_in_for_every_kind_and_say_who_they_are_from) {
  const auto templates = Templates::load("");
  ASSERT_TRUE(templates) << templates.error().detail;
  for (const Kind kind : kAllKinds) {
    const Rendered mail = templates->render(letter_with_all(kind), kCommon);
    EXPECT_THAT(mail.subject, HasSubstr("Example <Shop>")) << kind_name(kind);
    EXPECT_THAT(mail.text, AllOf(HasSubstr("https://api.example.com"), HasSubstr("not"), Not(HasSubstr("{{"))))
        << kind_name(kind);
    EXPECT_THAT(mail.html, AllOf(HasSubstr("<!doctype html>"), HasSubstr("https://api.example.com"),
                                 HasSubstr("Example &lt;Shop&gt;"), Not(HasSubstr("{{"))))
        << kind_name(kind);
  }
}

TEST(Templates, escape_every_value_in_html_and_none_in_text) {
  const auto templates = Templates::load("").value();
  for (const Kind kind : kAllKinds) {
    const Rendered mail = templates.render(letter_with_all(kind), kCommon);
    for (const char* name : {"link", "code", "newEmail", "device", "ip", "place", "time"}) {
      EXPECT_THAT(mail.html, Not(HasSubstr(std::string{"<"} + name + "&>"))) << kind_name(kind);
    }
  }
  EXPECT_THAT(templates.render(letter_with_all(Kind::verify_email), kCommon).text, HasSubstr("<link&>"));
}

TEST(Templates, show_link_and_code_in_both_parts) {
  const auto templates = Templates::load("").value();
  const Letter letter{.to = "a@example.org", .kind = Kind::verify_email, .variables = {}};
  Letter full = letter;
  full.variables.emplace_back("link", Secret{"https://x.example/v?token=t"});
  full.variables.emplace_back("code", Secret{"123456"});
  const Rendered mail = templates.render(full, kCommon);
  EXPECT_THAT(mail.text, AllOf(HasSubstr("\nhttps://x.example/v?token=t\n"), HasSubstr("\n123456\n")));
  EXPECT_THAT(mail.html, AllOf(HasSubstr("href=\"https://x.example/v?token=t\""), HasSubstr(">123456<")));
  EXPECT_THAT(templates.render(letter, kCommon).text, Not(HasSubstr("type this code")));
}

TEST(Templates, keep_line_ends_in_values_out_of_the_subject) {
  const db::TemporaryFolder folder;
  write(folder.file("email-changed.txt"), "Now {{newEmail}}\n\nbody\n");
  const auto templates = Templates::load(folder.file(""));
  ASSERT_TRUE(templates) << templates.error().detail;
  Letter letter{.to = "a@example.org", .kind = Kind::email_changed, .variables = {}};
  letter.variables.emplace_back("newEmail", Secret{"x\r\nBcc: all@example.org\x7F"});
  EXPECT_EQ(templates->render(letter, kCommon).subject, "Now x  Bcc: all@example.org ");
}

TEST(Templates, are_replaced_one_by_one_from_a_folder) {
  const db::TemporaryFolder folder;
  write(folder.file("verify-code.txt"), "Your code\r\n\r\nIt is {{code}}.\r\n");
  write(folder.file("layout.html"), "<main>{{content}}</main>");
  write(folder.file("notes.md"), "{{anything}}");
  const auto templates = Templates::load(folder.file(""));
  ASSERT_TRUE(templates) << templates.error().detail;
  Letter letter{.to = "a@example.org", .kind = Kind::verify_code, .variables = {}};
  letter.variables.emplace_back("code", Secret{"42"});
  const Rendered mail = templates->render(letter, kCommon);
  EXPECT_EQ(mail.subject, "Your code");
  EXPECT_EQ(mail.text, "It is 42.\n");
  EXPECT_THAT(mail.html, AllOf(::testing::StartsWith("<main><p>"), ::testing::EndsWith("</main>")));
  letter.kind = Kind::login_code;
  EXPECT_THAT(templates->render(letter, kCommon).text, HasSubstr("your code to log in"));
}

struct Refused {
  const char* file;
  std::string text;
  const char* expected;
};
class RefusedFile : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedFile, is_named_with_its_line) {
  const db::TemporaryFolder folder;
  write(folder.file(GetParam().file), GetParam().text);
  const auto templates = Templates::load(folder.file(""));
  ASSERT_FALSE(templates.has_value());
  EXPECT_THAT(templates.error().detail, AllOf(HasSubstr(folder.file("")), HasSubstr(GetParam().expected)));
}

INSTANTIATE_TEST_SUITE_P(
    Each, RefusedFile,
    ::testing::Values(
        Refused{"verify-email.txt", "Subject\n\nline 3\n{{lnk}}\n", "verify-email.txt:4: {{lnk}} is unknown"},
        Refused{"verify-email.txt", "Subject {{days}}\n\nx\n", "verify-email.txt:1: {{days}} is unknown"},
        Refused{"verify-email.txt", "Subject\nline 2\n{{lnk}}\n", "verify-email.txt:3: "},
        Refused{"verify-email.html", "<p>\n{{days}}</p>", "verify-email.html:2: {{days}} is unknown"},
        Refused{"verify-email.txt", " \n\nbody", "verify-email.txt:1: empty; allowed: the subject"},
        Refused{"verify-email.txt", "", "verify-email.txt:1: empty"},
        Refused{"verify_email.txt", "x", "verify_email.txt: there is no mail of that name"},
        Refused{"layout.html", "{{code}}", "layout.html:1: {{code}} is unknown"},
        Refused{"verify-email.txt", "\xFF\n", "not UTF-8"},
        Refused{"verify-email.txt", std::string(64 * 1024 + 1, 'x'), "larger than 64 KiB"}));

TEST(Templates, of_64_KiB_are_taken) {
  const db::TemporaryFolder folder;
  write(folder.file("verify-email.txt"), std::string(64 * 1024, 'x'));
  EXPECT_TRUE(Templates::load(folder.file("")));
}

}  // namespace
}  // namespace gatehouse::mail
