#include "features/mail/mailer.hpp"

#include <gmock/gmock.h>

#include <set>

#include "base/manual_clock.hpp"
#include "db/temporary_database.hpp"
#include "features/mail/outbox_schema.hpp"
#include "observe/log_sink.hpp"

namespace gatehouse::mail {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Answers as the test says, and keeps what it was given.
class Scripted final : public Transport {
 public:
  Outcome send(const Message& message) override {
    sent.push_back(message.to);
    ids.push_back(message.id);
    if (during) during();
    return answer;
  }
  void rest() override { ++rests; }

  Outcome answer;
  std::function<void()> during;
  std::vector<std::string> sent;
  std::vector<std::string> ids;
  int rests = 0;
};

class KeptLines final : public observe::LogSink {
 public:
  std::size_t write(std::string_view bytes, std::chrono::milliseconds) override {
    const std::lock_guard lock{mutex_};
    text_ += bytes;
    return bytes.size();
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock{mutex_};
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class MailerTest : public ::testing::Test {
 protected:
  MailerTest() {
    db::run_script(*database_, kOutboxSchema);
    auto transport = std::make_unique<Scripted>();
    transport_ = transport.get();
    mailer_.emplace(Mailer::Parts{.database = *database_,
                                  .outbox = outbox_,
                                  .bell = bell_,
                                  .clock = clock_,
                                  .log = log_,
                                  .metrics = metrics_,
                                  .templates = Templates::load("").value(),
                                  .transport = std::move(transport),
                                  .from = {.name = "Example", .address = "no-reply@example.com"},
                                  .site = "https://example.com"});
  }

  void promise(const std::string& to) {
    Letter letter{.to = to, .kind = Kind::login_code, .variables = {}};
    letter.variables.emplace_back("code", Secret{"424242"});
    auto done = database_->write_now(
        [&](db::Transaction& tx) { return outbox_.promise(tx, letter, clock_.unix_now()); });
    ASSERT_TRUE(done);
    clock_.advance(1ms);  // so that rows have an order
  }
  std::int64_t count(const std::string& state) {
    return db::query_integer(*database_, "SELECT COUNT(*) FROM outbox WHERE state = '" + state + "'");
  }
  std::string log() {
    log_.flush(5s);
    return lines_.text();
  }
  void advance_and_send(std::chrono::milliseconds by) {
    clock_.advance(by);
    mailer_->send_due();
  }

  ManualClock clock_;
  SystemRandom random_;
  KeptLines lines_;
  observe::Log log_{clock_, lines_, {}};
  observe::Metrics metrics_{1};
  Bell bell_;
  db::TemporaryFolder folder_;
  std::unique_ptr<db::Database> database_ = db::open_or_throw({.path = folder_.file("test.db")});
  int rung_ = 0;
  Outbox outbox_{crypto::Key256{}, random_, [this] { ++rung_; }};
  Scripted* transport_ = nullptr;
  std::optional<Mailer> mailer_;
};

TEST_F(MailerTest, sends_each_mail_once_in_the_order_of_the_promises_and_deletes_it) {
  for (const char* to : {"a@example.org", "b@example.org", "c@example.org"}) promise(to);
  EXPECT_EQ(rung_, 3);
  mailer_->send_due();
  mailer_->send_due();
  EXPECT_THAT(transport_->sent, ElementsAre("a@example.org", "b@example.org", "c@example.org"));
  EXPECT_EQ(db::query_integer(*database_, "SELECT COUNT(*) FROM outbox"), 0);
  EXPECT_THAT(metrics_.expose(), HasSubstr("mails_sent_total 3"));
  EXPECT_GE(transport_->rests, 1);
}

TEST_F(MailerTest, a_promise_that_is_rolled_back_rings_no_bell_and_sends_nothing) {
  auto done = database_->write_now([&](db::Transaction& tx) -> Result<void> {
    auto promised = outbox_.promise(tx, {.to = "a@example.org", .kind = Kind::login_code}, clock_.unix_now());
    if (!promised) return promised;
    return fail(ErrorCode::conflict, "no");
  });
  EXPECT_FALSE(done);
  mailer_->send_due();
  EXPECT_EQ(rung_, 0);
  EXPECT_THAT(transport_->sent, IsEmpty());
}

TEST_F(MailerTest, another_sender_gets_none_of_the_mails_that_are_under_way) {
  promise("a@example.org");
  bool had_one = true;
  transport_->during = [&] {
    auto taken = database_->write_now(
        [&](db::Transaction& tx) { return OutboxQueue{tx}.consume_due(clock_.unix_now()); });
    had_one = taken && taken->has_value();
  };
  mailer_->send_due();
  EXPECT_FALSE(had_one);
}

TEST_F(MailerTest, a_mail_that_was_under_way_in_a_crash_is_taken_again_when_the_lease_is_over) {
  promise("a@example.org");
  (void)database_->write_now(
      [&](db::Transaction& tx) { return OutboxQueue{tx}.consume_due(clock_.unix_now()); });
  advance_and_send(kLease - 1ms);
  EXPECT_THAT(transport_->sent, IsEmpty());
  advance_and_send(1ms);
  EXPECT_THAT(transport_->sent, ElementsAre("a@example.org"));
}

TEST_F(MailerTest, a_deferred_mail_is_tried_again_with_growing_pauses_and_holds_up_no_other) {
  promise("a@example.org");
  transport_->answer = {.kind = Outcome::Kind::deferred, .why = "RCPT was answered with 450"};
  mailer_->send_due();
  promise("b@example.org");
  advance_and_send(5s - 2ms);
  EXPECT_THAT(transport_->sent, ElementsAre("a@example.org", "b@example.org"));
  advance_and_send(1ms);
  EXPECT_THAT(transport_->sent, ElementsAre("a@example.org", "b@example.org", "a@example.org"));
  advance_and_send(9s);
  EXPECT_EQ(transport_->sent.size(), 4U);  // b, whose first pause is over
  advance_and_send(1s);
  EXPECT_EQ(transport_->sent.back(), "a@example.org");
  EXPECT_EQ(std::set<std::string>(transport_->ids.begin(), transport_->ids.end()).size(), 2U);
}

TEST_F(MailerTest, a_refused_mail_is_dead_at_once_and_stays_so) {
  promise("a@example.org");
  transport_->answer = {.kind = Outcome::Kind::refused, .why = "RCPT was answered with 550 5.1.1"};
  mailer_->send_due();
  advance_and_send(48h);
  EXPECT_EQ(transport_->sent.size(), 1U);
  EXPECT_EQ(count("dead"), 1);
  EXPECT_THAT(log(), HasSubstr("\"event\":\"mail_dead\""));
  EXPECT_THAT(log(), HasSubstr("550 5.1.1"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("mails_dead_total 1"));
}

TEST_F(MailerTest, a_mail_is_given_up_after_a_day) {
  promise("a@example.org");
  transport_->answer = {.kind = Outcome::Kind::deferred, .why = "later"};
  for (int i = 0; i < 24 * 60 - 1; ++i) advance_and_send(1min);
  EXPECT_EQ(count("waiting"), 1);
  EXPECT_LT(transport_->sent.size(), 36U);
  for (int i = 0; i < 61; ++i) advance_and_send(1min);
  EXPECT_EQ(count("dead"), 1);
}

TEST_F(MailerTest, while_the_server_is_away_one_mail_at_a_time_asks_and_all_go_once_it_is_back) {
  for (int i = 0; i < 50; ++i) promise("u" + std::to_string(i) + "@example.org");
  transport_->answer = {.kind = Outcome::Kind::unreachable, .why = "refused"};
  mailer_->send_due();
  EXPECT_EQ(transport_->sent.size(), 1U);
  for (int i = 0; i < 60; ++i) advance_and_send(1min);
  EXPECT_EQ(transport_->sent.size(), 61U);
  transport_->answer = {};
  transport_->sent.clear();
  advance_and_send(1min);
  EXPECT_EQ(std::set<std::string>(transport_->sent.begin(), transport_->sent.end()).size(), 50U);
  EXPECT_EQ(transport_->sent.size(), 50U);
  const std::string lines = log();
  EXPECT_EQ(lines.find("mail_server_away"), lines.rfind("mail_server_away"));
  EXPECT_THAT(lines, HasSubstr("mail_server_back"));
}

TEST_F(MailerTest, a_letter_that_cannot_be_opened_or_has_no_address_is_dead) {
  promise("a@example.org");
  db::run_script(*database_, "UPDATE outbox SET sealed = 'AAAA'");
  promise("a@example.org> SIZE=1\r\nRCPT TO:<b@example.org");
  mailer_->send_due();
  EXPECT_THAT(transport_->sent, IsEmpty());
  EXPECT_EQ(count("dead"), 2);
}

TEST_F(MailerTest, LG06_nothing_secret_is_logged_or_stored_in_clear) {
  promise("ada@example.org");
  for (const auto kind : {Outcome::Kind::deferred, Outcome::Kind::unreachable, Outcome::Kind::refused}) {
    transport_->answer = {.kind = kind, .why = "no"};
    advance_and_send(1h);
  }
  EXPECT_THAT(log(), Not(HasSubstr("424242")));
  EXPECT_EQ(
      db::query_integer(*database_,
                        "SELECT COUNT(*) FROM outbox WHERE sealed LIKE '%424242%' OR sealed LIKE '%ada%' OR "
                        "last_error LIKE '%424242%'"),
      0);
}

TEST_F(MailerTest, stopping_leaves_the_rest_in_the_outbox) {
  for (const char* to : {"a@example.org", "b@example.org"}) promise(to);
  transport_->during = [&] { bell_.stop(); };
  mailer_->send_due();
  EXPECT_THAT(transport_->sent, ElementsAre("a@example.org"));
  EXPECT_EQ(count("waiting"), 1);
}

TEST_F(MailerTest, tells_how_many_wait) {
  for (int i = 0; i < 3; ++i) promise("a@example.org");
  transport_->answer = {.kind = Outcome::Kind::unreachable, .why = "no"};
  mailer_->send_due();
  EXPECT_THAT(metrics_.expose(), HasSubstr("mails_waiting 3"));
}

TEST_F(MailerTest, forgets_the_dead_after_their_time_and_no_others) {
  promise("a@example.org");
  transport_->answer = {.kind = Outcome::Kind::refused, .why = "no"};
  mailer_->send_due();
  promise("b@example.org");
  const auto purge = [&](UnixTime before) {
    return database_->write_now([&](db::Transaction& tx) { return OutboxQueue{tx}.purge_dead(before, 10); })
        .value();
  };
  EXPECT_EQ(purge(ManualClock::kStart), 0);
  EXPECT_EQ(purge(clock_.unix_now() + 1h), 1);
  EXPECT_EQ(count("waiting"), 1);
}

TEST(Backoff, doubles_from_five_seconds_to_an_hour) {
  EXPECT_EQ(backoff(1), 5s);
  EXPECT_EQ(backoff(2), 10s);
  EXPECT_EQ(backoff(10), 2'560s);
  EXPECT_EQ(backoff(11), 1h);
  EXPECT_EQ(backoff(1'000'000), 1h);
  EXPECT_EQ(backoff(0), 5s);
}

}  // namespace
}  // namespace gatehouse::mail
