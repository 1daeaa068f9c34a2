#include "policy/route_pattern.hpp"

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view path;
  bool matches;
};

TEST(RoutePattern, matches_whole_segments_and_nothing_else) {
  constexpr Case kCases[] = {
      {"/", "/", true},
      {"/", "/a", false},
      {"/admin", "/admin", true},
      {"/admin", "/administrator", false},
      {"/admin", "/admin/", false},
      {"/admin", "/Admin", false},
      {"/admin/*", "/admin", false},
      {"/admin/*", "/admin/", false},
      {"/admin/*", "/admin/a", true},
      {"/admin/*", "/admin/a/b/c", true},
      {"/admin/*", "/administrator/a", false},
      {"/*", "/", false},
      {"/*", "/a", true},
      {"/projects/:id", "/projects/7", true},
      {"/projects/:id", "/projects/", false},
      {"/projects/:id", "/projects", false},
      {"/projects/:id", "/projects/7/8", false},
      {"/projects/:id", "/projects/7/", false},
      {"/a/:b/c/:d", "/a/1/c/2", true},
      {"/a/:b/c/:d", "/a/1/x/2", false},
      {"/a/:b/*", "/a/1/2/3", true},
      {"/a/:b/*", "/a/1", false},
      {"/users/@me", "/users/%40me", true},
      {"/users/%40me", "/users/@me", true},
      {"/users/@me/:id", "/users/%40me/7", true},
      {"/users/@me", "/users/%40m", false},
      {"/users/@me", "/users/%40mee", false},
      {"/caf\xC3\xA9", "/caf%C3%A9", true},
  };
  for (const Case& c : kCases) {
    const auto pattern = RoutePattern::compile(c.pattern);
    ASSERT_TRUE(pattern.has_value());
    Parameters parameters{};
    EXPECT_EQ(pattern->matches(c.path, parameters), c.matches) << c.pattern << " on " << c.path;
  }
}

TEST(RoutePattern, gives_the_named_segments_in_order) {
  const auto pattern = RoutePattern::compile("/users/:user/posts/:post");
  Parameters parameters{};
  ASSERT_TRUE(pattern->matches("/users/ann/posts/12", parameters));
  EXPECT_EQ(parameters[0], "ann");
  EXPECT_EQ(parameters[1], "12");
  EXPECT_EQ(pattern->parameter_index("post"), 1U);
  EXPECT_EQ(pattern->parameter_index("other"), std::nullopt);
}

TEST(RoutePattern, leaves_the_parameters_alone_when_it_does_not_match) {
  const auto pattern = RoutePattern::compile("/users/:user/posts");
  Parameters parameters{"before"};
  EXPECT_FALSE(pattern->matches("/users/ann/other", parameters));
  EXPECT_EQ(parameters[0], "before");
}

TEST(RoutePattern, refuses_one_named_segment_more_than_there_is_room_for) {
  EXPECT_TRUE(RoutePattern::compile("/:a/:b/:c/:d").has_value());
  EXPECT_FALSE(RoutePattern::compile("/:a/:b/:c/:d/:e").has_value());
}

}  // namespace
}  // namespace gatehouse::policy
