#include "features/mail/template.hpp"

#include <gmock/gmock.h>

#include <map>

namespace gatehouse::mail {
namespace {

using ::testing::HasSubstr;
using Known = std::vector<std::string_view>;

const Known kKnown{"name", "link", "code"};

std::string rendered(std::string_view text, std::map<std::string, std::string, std::less<>> values) {
  const auto parsed = Template::parse(text, kKnown);
  if (!parsed) return "refused: " + parsed.error().what;
  return parsed->render([&](std::string_view name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string{} : found->second;
  });
}

TEST(Template, puts_values_in_the_place_of_their_names) {
  EXPECT_EQ(rendered("Hello {{name}}, {{link}}{{link}}.", {{"name", "Ada"}, {"link", "L"}}), "Hello Ada, LL.");
}

TEST(Template, leaves_a_variable_without_a_value_empty) {
  EXPECT_EQ(rendered("[{{code}}]", {}), "[]");
}

TEST(Template, shows_a_section_only_with_a_value) {
  const auto text = "a{{#code}} code {{code}}{{/code}} b";
  EXPECT_EQ(rendered(text, {{"code", "7"}}), "a code 7 b");
  EXPECT_EQ(rendered(text, {}), "a b");
}

TEST(Template, lets_tags_on_lines_of_their_own_leave_no_empty_lines) {
  const auto text = "one\n{{#code}}\ntwo {{code}}\n{{/code}}\nthree\n";
  EXPECT_EQ(rendered(text, {{"code", "7"}}), "one\ntwo 7\nthree\n");
  EXPECT_EQ(rendered(text, {}), "one\nthree\n");
}

TEST(Template, never_reads_a_value_as_a_template) {
  EXPECT_EQ(rendered("{{name}}", {{"name", "{{code}}{{#link}}"}, {"code", "secret"}}), "{{code}}{{#link}}");
}

TEST(Template, leaves_single_braces_and_css_alone) {
  EXPECT_EQ(rendered("a { b } } }} {c}", {}), "a { b } } }} {c}");
}

struct Wrong {
  const char* text;
  unsigned line;
  const char* what;
};
class WrongTemplate : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongTemplate, is_refused_with_its_line) {
  const auto parsed = Template::parse(GetParam().text, kKnown);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().line, GetParam().line);
  EXPECT_THAT(parsed.error().what, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongTemplate,
    ::testing::Values(Wrong{"one\n\nHello {{nme}}", 3, "{{nme}} is unknown; allowed: name"},
                      Wrong{"{{ name }}", 1, "{{ name }} is unknown"},
                      Wrong{"a\n{{name\n}}", 2, "{{ without }}"}, Wrong{"{{name", 1, "{{ without }}"},
                      Wrong{"{{#code}}\nx\n", 3, "{{#code}} is never closed"},
                      Wrong{"x{{/code}}", 1, "{{/code}} closes nothing"},
                      Wrong{"{{#code}}{{/link}}", 1, "{{/link}} closes nothing"},
                      Wrong{"{{#code}}{{#link}}", 1, "{{#link}} inside {{#code}}"},
                      Wrong{"{{}}", 1, "is unknown"}, Wrong{"{{#}}", 1, "is unknown"}));

TEST(HtmlEscaped, lets_no_value_become_markup_or_end_an_attribute) {
  EXPECT_EQ(html_escaped("<b a=\"x\" b='y'>&amp;</b>"),
            "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;");
}

}  // namespace
}  // namespace gatehouse::mail
