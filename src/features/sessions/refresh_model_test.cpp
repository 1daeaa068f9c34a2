// Confirmed rotation, explored exhaustively: two tabs that share one storage, a network that loses, delays and
// reorders, a server that dies between commit and answer (a lost answer), and a thief who may copy the storage
// once and then act at any time.
//
// Bounds of the model: 9 ticks of time, 4 generations; a message lives for one tick at most, so a round trip
// takes two; the grace is two round trips (with less, the model finds the retry that one tab sends just before
// it hears from the other); an unconfirmed child may be asked for again all the time. An honest tab has one
// refresh under way and does not refresh what was made less than a grace ago (access tokens live for minutes);
// the second tab begins only with the token that it has just read as the newest.
#include <gtest/gtest.h>

#include <compare>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "features/sessions/refresh_case.hpp"

namespace gatehouse::sessions {
namespace {

using Classify = std::function<RefreshCase(const Lineage&, std::uint32_t, UnixTime, const RefreshPolicy&)>;

constexpr std::chrono::milliseconds kTick{1000};
constexpr int kGraceTicks = 4;
constexpr RefreshPolicy kPolicy{.refresh_grace = kGraceTicks * kTick, .unconfirmed_retry = 100 * kTick};
constexpr std::uint8_t kLastTick = 9;
constexpr std::uint8_t kLastGeneration = 4;

UnixTime at(std::uint8_t tick) {
  return UnixTime{1'000'000 * kTick} + tick * kTick;
}

struct Message {
  enum class Kind : std::uint8_t { none, request, answer } kind = Kind::none;
  std::uint8_t generation = 0;
  std::uint8_t sent = 0;
  auto operator<=>(const Message&) const = default;
};

struct World {
  std::uint8_t now = 0;
  // server
  std::uint8_t generation = 1;
  std::uint8_t rotated = 0;
  bool confirmed = false;
  bool revoked = false;
  // owner
  std::uint8_t held = 1;
  Message tab_a;
  Message tab_b;
  // thief: 0 while nothing is stolen
  std::uint8_t stolen = 0;
  auto operator<=>(const World&) const = default;
};

class Model {
 public:
  explicit Model(Classify classify) : classify_(std::move(classify)) {}

  // The first broken promise, or "".
  std::string explore() {
    visit(World{});
    while (!open_.empty() && broken_.empty()) {
      const World world = open_.back();
      open_.pop_back();
      step(world);
    }
    return broken_;
  }
  [[nodiscard]] std::size_t worlds() const { return seen_.size(); }

 private:
  void visit(const World& world) {
    if (seen_.insert(world).second) open_.push_back(world);
  }

  void step(const World& world) {
    if (world.now < kLastTick) visit(after_tick(world));
    if (world.revoked) return;
    const bool newest = world.held == world.generation;
    const bool is_due = world.generation == 1 || world.now - world.rotated >= kGraceTicks;
    tab(world, &World::tab_a, is_due || !newest);
    tab(world, &World::tab_b, is_due && newest);
    use(world, world.held);
    if (world.stolen == 0) {
      World robbed = world;
      robbed.stolen = world.held;
      visit(robbed);
    } else {
      thief_refreshes(world);
      use(world, world.stolen);
    }
  }

  static World after_tick(World world) {
    ++world.now;
    for (Message* message : {&world.tab_a, &world.tab_b}) {
      if (message->kind != Message::Kind::none && world.now - message->sent > 1) *message = {};
    }
    return world;
  }

  void tab(const World& world, Message World::* which, bool may_begin) {
    const Message message = world.*which;
    World next = world;
    switch (message.kind) {
      case Message::Kind::none:
        if (!may_begin || world.held >= kLastGeneration) return;
        next.*which = {Message::Kind::request, world.held, world.now};
        return visit(next);
      case Message::Kind::request:
        if (const auto child = present(next, message.generation, /*honest=*/world.stolen == 0)) {
          next.*which = {Message::Kind::answer, child, world.now};
        } else {
          next.*which = {};
        }
        visit(next);
        break;
      case Message::Kind::answer:
        next.held = std::max(world.held, message.generation);
        next.*which = {};
        visit(next);
        break;
    }
    World lost = world;
    lost.*which = {};
    visit(lost);
  }

  void use(const World& world, std::uint8_t generation) {
    if (generation != world.generation || world.confirmed) return;
    World next = world;
    next.confirmed = true;
    visit(next);
  }

  void thief_refreshes(const World& world) {
    if (world.stolen >= kLastGeneration) return;
    World next = world;
    if (const auto child = present(next, world.stolen, false)) {
      World richer = next;
      richer.stolen = child;
      visit(richer);
    }
    visit(next);
  }

  // What the server does with a token; gives the child, or 0.
  std::uint8_t present(World& world, std::uint8_t token, bool honest) {
    const Lineage lineage{.generation = world.generation,
                          .rotated_at = at(world.rotated),
                          .confirmed = world.confirmed,
                          .revoked = world.revoked,
                          .session_expires_at = at(250),
                          .refresh_expires_at = at(250)};
    const auto what = classify_(lineage, token, at(world.now), kPolicy);
    const bool stale = token + 1 < world.generation || (token + 1 == world.generation && world.confirmed &&
                                                        world.now - world.rotated >= kGraceTicks);
    if (stale && what != RefreshCase::reused) broken_ = "a stale token was accepted after its child was in use";
    switch (what) {
      case RefreshCase::rotate:
        ++world.generation;
        world.rotated = world.now;
        world.confirmed = false;
        break;
      case RefreshCase::repeat: break;
      case RefreshCase::reused: world.revoked = true; [[fallthrough]];
      case RefreshCase::refused:
        if (honest && !world.revoked) broken_ = "an honest client was refused";
        if (honest && what == RefreshCase::reused) broken_ = "an honest client was logged out";
        return 0;
    }
    if (world.generation != token + 1) broken_ = "a token had two successors";
    return world.generation;
  }

  Classify classify_;
  std::set<World> seen_;
  std::vector<World> open_;
  std::string broken_;
};

// The real one, with one guard changed: a model that does not notice proves nothing.
Classify with(std::function<std::optional<RefreshCase>(Lineage&, std::uint32_t, UnixTime)> change) {
  return [change](const Lineage& lineage, std::uint32_t token, UnixTime now, const RefreshPolicy& policy) {
    Lineage changed = lineage;
    if (const auto decided = change(changed, token, now)) return *decided;
    return classify(changed, token, now, policy);
  };
}

TEST(RefreshModel, honest_clients_stay_and_thieves_are_found_in_every_order_of_events) {
  Model model{classify};
  EXPECT_EQ(model.explore(), "");
  EXPECT_GT(model.worlds(), 10'000U);
}

TEST(RefreshModel, without_the_retry_of_an_unconfirmed_child_a_lost_answer_logs_out) {
  Model model{with([](Lineage& l, std::uint32_t token, UnixTime) -> std::optional<RefreshCase> {
    if (token + 1 == l.generation && !l.confirmed) return RefreshCase::reused;
    return std::nullopt;
  })};
  EXPECT_EQ(model.explore(), "an honest client was logged out");
}

TEST(RefreshModel, without_the_grace_the_second_tab_logs_out) {
  Model model{with([](Lineage& l, std::uint32_t token, UnixTime) -> std::optional<RefreshCase> {
    if (token + 1 == l.generation && l.confirmed) return RefreshCase::reused;
    return std::nullopt;
  })};
  EXPECT_EQ(model.explore(), "an honest client was logged out");
}

TEST(RefreshModel, without_confirmation_a_thief_replays_for_a_day) {
  Model model{with([](Lineage& l, std::uint32_t, UnixTime) -> std::optional<RefreshCase> {
    l.confirmed = false;
    return std::nullopt;
  })};
  EXPECT_EQ(model.explore(), "a stale token was accepted after its child was in use");
}

TEST(RefreshModel, a_grace_that_each_retry_extends_never_ends) {
  Model model{with([](Lineage& l, std::uint32_t, UnixTime now) -> std::optional<RefreshCase> {
    l.rotated_at = now;
    return std::nullopt;
  })};
  EXPECT_EQ(model.explore(), "a stale token was accepted after its child was in use");
}

TEST(RefreshModel, rotating_a_parent_again_forks_the_lineage) {
  Model model{with([](Lineage& l, std::uint32_t token, UnixTime) -> std::optional<RefreshCase> {
    if (token + 1 == l.generation && !l.confirmed) return RefreshCase::rotate;
    return std::nullopt;
  })};
  EXPECT_EQ(model.explore(), "a token had two successors");
}

TEST(RefreshModel, a_grandparent_must_not_be_let_off) {
  Model model{with([](Lineage& l, std::uint32_t token, UnixTime) -> std::optional<RefreshCase> {
    if (token + 1 < l.generation) return RefreshCase::refused;
    return std::nullopt;
  })};
  EXPECT_EQ(model.explore(), "a stale token was accepted after its child was in use");
}

}  // namespace
}  // namespace gatehouse::sessions
