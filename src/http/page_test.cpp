#include "http/page.hpp"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

TEST(Page, is_shown_to_browsers_and_not_to_programs) {
  for (const auto* accept :
       {"text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "TEXT/HTML ; q=0.5",
        "application/json;q=0.5, text/html", "text/html, application/json"}) {
    EXPECT_TRUE(prefers_html(accept)) << accept;
  }
  for (const auto* accept : {"", "*/*", "application/json", "application/json, text/plain, */*", "text/*",
                             "text/html;q=0", "text/html;q=0.000", "text/html;q=0.4, application/json;q=0.5",
                             "text/html;q=x", "text/htmlx", ",,", ";"}) {
    EXPECT_FALSE(prefers_html(accept)) << accept;
  }
}

TEST(Page, runs_its_own_script_alone_and_tells_nobody_of_its_address) {
  SystemRandom random;
  const Page page{.title = "Verify", .body = "<button>Go</button>", .script = "say('x');"};
  const Reply one = page_reply(page, random);
  const Reply other = page_reply(page, random);
  const std::string nonce =
      one.content_security_policy.substr(one.content_security_policy.find("nonce-") + 6, 22);
  EXPECT_TRUE(one.content_security_policy.starts_with("default-src 'none'; script-src 'nonce-" + nonce + "'"));
  EXPECT_TRUE(one.raw_body.contains("<script nonce=\"" + nonce + "\">"));
  EXPECT_FALSE(other.raw_body.contains(nonce)) << "a nonce serves one answer";
  for (const auto* part : {"unsafe-inline", "http:", "https:", "*"}) {
    EXPECT_FALSE(one.content_security_policy.contains(part)) << part;
  }
  EXPECT_FALSE(one.raw_body.contains("src=") || one.raw_body.contains("href=")) << "it loads nothing";
  EXPECT_TRUE(one.no_store);
}

}  // namespace
}  // namespace gatehouse::http
