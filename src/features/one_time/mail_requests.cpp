#include "features/one_time/mail_requests.hpp"

#include <condition_variable>

#include "base/text.hpp"

namespace gatehouse::one_time {

using namespace std::chrono_literals;

namespace {

std::optional<MailRequestKind> kind_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kMailRequestKindCount; ++i) {
    const auto kind = static_cast<MailRequestKind>(i);
    if (mail_request_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace

// Wakes the thread.
class MailRequests::Signal {
 public:
  void work_came() {
    const std::lock_guard lock{mutex_};
    has_work_ = true;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    changed_.notify_all();
  }
  // False: stopped.
  bool wait_for_work() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return has_work_ || stopped_; });
    return !stopped_;
  }
  // What comes from now on is new work.
  bool rest(std::chrono::milliseconds duration) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, duration, [this] { return stopped_; });
    has_work_ = false;
    return !stopped_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_work_ = true;  // what an earlier process has left
  bool stopped_ = false;
};

struct MailRequests::Taken {
  std::string id;
  std::string kind;
  std::string sealed_address;
  std::string ip;
  std::string request_id;
};

MailRequests::MailRequests(db::Database& database, const crypto::Key256& master, Random& random,
                           MailSpacing spacing, FindAccount find_account)
    : database_(database),
      key_(crypto::derive_key(master, "mail requests")),
      random_(random),
      spacing_(spacing),
      find_account_(std::move(find_account)),
      signal_(std::make_shared<Signal>()) {}

MailRequests::~MailRequests() {
  signal_->stop();
}

void MailRequests::start(const Clock& clock, std::function<void(const Error&)> complain) {
  thread_ = std::jthread{[this, &clock, complain = std::move(complain)] {
    while (signal_->wait_for_work() && signal_->rest(pause())) {
      if (auto done = process_now(clock.unix_now()); !done) complain(done.error());
    }
  }};
}

// Ten requests of a fast client or more: what it measures next says nothing about what it asked before.
std::chrono::milliseconds MailRequests::pause() {
  std::uint16_t drawn = 0;
  random_.fill(std::as_writable_bytes(std::span{&drawn, 1}));
  return 10ms + std::chrono::milliseconds{drawn % 90};
}

Task<Result<void>> MailRequests::ask(Kind kind, std::string address, audit::Origin origin) {
  co_return co_await database_.write([&](db::Transaction& tx) { return ask_in(tx, kind, address, origin); });
}

Result<void> MailRequests::ask_in(db::Transaction& tx, Kind kind, std::string_view address,
                                  const audit::Origin& origin) {
  const std::string id = uuid_text(make_uuid_v7(origin.now, random_));
  const std::string sealed = crypto::seal(key_, address, id, random_);
  auto inserted = tx.execute(
      "INSERT INTO mail_requests (id, kind, sealed_address, ip, request_id, created_at) "
      "SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT COUNT(*) FROM mail_requests) < $7",
      {id, mail_request_kind_name(kind), sealed, origin.ip, origin.request_id, to_unix_ms(origin.now),
       kMostWaitingRequests});
  if (!inserted) return pass_on(inserted);
  if (*inserted == 0) {
    return fail(
        Error{.code = ErrorCode::overloaded, .detail = "too many mail requests wait", .retry_after = 1s});
  }
  tx.after_commit([signal = signal_] { signal->work_came(); });
  return {};
}

Result<std::optional<MailRequests::Taken>> MailRequests::take_oldest(db::Transaction& tx) {
  return tx.find(
      "DELETE FROM mail_requests WHERE id = (SELECT id FROM mail_requests ORDER BY created_at, id LIMIT 1) "
      "RETURNING id, kind, sealed_address, ip, request_id",
      {}, [](const db::Row& row) {
        return Taken{.id = std::string{row.text(0)},
                     .kind = std::string{row.text(1)},
                     .sealed_address = std::string{row.text(2)},
                     .ip = std::string{row.text(3)},
                     .request_id = std::string{row.text(4)}};
      });
}

Result<void> MailRequests::handle(db::Transaction& tx, const Taken& taken, UnixTime now) {
  auto address = crypto::open_sealed(key_, taken.sealed_address, taken.id);
  if (!address) return fail(ErrorCode::internal_error, "a mail request was sealed with another master key");
  const auto kind = kind_of(taken.kind);
  if (!kind) return {};
  const auto index = static_cast<std::size_t>(*kind);
  MailRequest request{.kind = *kind,
                      .user = {},
                      .address = std::move(*address),
                      .origin = {.now = now, .ip = taken.ip, .request_id = taken.request_id, .actor_id = {}}};
  if (for_any_[index]) return for_any_[index](tx, request);
  if (!handlers_[index]) return {};
  auto user = find_account_(tx, request.address);
  if (!user) return pass_on(user);
  if (!*user) return {};
  request.user = **user;
  auto may_send = spacing_.take(tx, request.user, *kind, now);
  if (!may_send) return pass_on(may_send);
  if (!*may_send) return {};
  return handlers_[index](tx, request);
}

Result<void> MailRequests::give_up(std::string_view id) {
  return database_.write_now([&](db::Transaction& tx) -> Result<void> {
    auto removed = tx.execute("DELETE FROM mail_requests WHERE id = $1", {id});
    if (!removed) return pass_on(removed);
    return {};
  });
}

// False: none waits.
Result<bool> MailRequests::process_one(UnixTime now) {
  std::string id;
  auto done = database_.write_now([&](db::Transaction& tx) -> Result<bool> {
    auto taken = take_oldest(tx);
    if (!taken) return pass_on(taken);
    if (!*taken) return false;
    id = (*taken)->id;
    if (auto handled = handle(tx, **taken, now); !handled) return pass_on(handled);
    return true;
  });
  if (done || id.empty()) return done;
  const ErrorCode code = done.error().code;
  if (code == ErrorCode::store_unavailable || code == ErrorCode::overloaded) return done;
  // It would fail again, and everybody behind it would wait.
  if (auto gone = give_up(id); !gone) return pass_on(gone);
  return done;
}

Result<std::size_t> MailRequests::process_now(UnixTime now) {
  const std::lock_guard lock{processing_};
  std::size_t processed = 0;
  std::optional<Error> failed;
  for (std::int64_t i = 0; i < kMostWaitingRequests; ++i) {
    auto done = process_one(now);
    if (!done) {
      failed = std::move(done.error());
      if (failed->code == ErrorCode::store_unavailable || failed->code == ErrorCode::overloaded) break;
      continue;
    }
    if (!*done) break;
    ++processed;
  }
  if (failed) return fail(std::move(*failed));
  return processed;
}

}  // namespace gatehouse::one_time
