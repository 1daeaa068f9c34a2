#include "features/user_import/user_import.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "features/user_import/repeated_names.hpp"
#include "features/users/account_names.hpp"

namespace gatehouse::user_import {

namespace {

using users::Inserted;

constexpr std::string_view kEmailTaken = "an account has this address already";
constexpr std::string_view kUsernameTaken = "username: another account has it";

void complain(std::uint64_t line, const std::vector<std::string>& problems, Listener& listener,
              Report& report) {
  ++report.mistakes;
  for (const std::string& problem : problems) listener.on_mistake(line, problem);
}

}  // namespace

UserImport::Candidate UserImport::candidate(std::uint64_t line, RawUser raw) const {
  const UnixTime now = clock_.unix_now();
  return {.line = line,
          .user = {.id = UserId::make(now, random_),
                   .email = std::move(raw.email),
                   .username = std::move(raw.username),
                   .name = std::move(raw.name),
                   .role = std::move(*raw.role),
                   .plan = std::move(*raw.plan),
                   .email_verified = raw.email_verified,
                   .created_at = now,
                   .updated_at = now},
          .password_hash = std::move(raw.password_hash)};
}

UserImport::Batch UserImport::next_batch(Source& source, Listener& listener, Report& report) {
  Batch batch;
  while (batch.size() < kBatch) {
    auto record = source.next();
    if (!record) break;
    ++report.records;
    if (!record->user) {
      complain(record->line, record->user.error(), listener, report);
      continue;
    }
    auto checked = check_user(std::move(*record->user), settings_);
    if (!checked) {
      complain(record->line, checked.error(), listener, report);
      continue;
    }
    batch.push_back(candidate(record->line, std::move(checked->raw)));
  }
  return batch;
}

// One entry for all of them: who they are can be told from their creation, in the same transaction.
Result<void> UserImport::append_event(db::Transaction& tx, const Batch& batch, const Outcomes& outcomes) {
  const auto imported = std::ranges::count(outcomes, Inserted::done);
  if (imported == 0) return {};
  const std::string metadata = fmt::format(R"({{"imported":{},"firstLine":{},"lastLine":{}}})", imported,
                                           batch.front().line, batch.back().line);
  return events_.append(tx,
                        {.action = audit::Action::import_users, .at = clock_.unix_now(), .metadata = metadata});
}

Result<UserImport::Outcomes> UserImport::import(const Batch& batch) {
  return database_.write_now([&](db::Transaction& tx) -> Result<Outcomes> {
    Outcomes outcomes;
    for (const Candidate& one : batch) {
      auto inserted = users::insert_unless_taken(tx, one.user, one.password_hash);
      if (!inserted) return pass_on(inserted);
      outcomes.push_back(*inserted);
    }
    if (auto told = append_event(tx, batch, outcomes); !told) return pass_on(told);
    return outcomes;
  });
}

Result<UserImport::Outcomes> UserImport::look_up(const Batch& batch) {
  return database_.read_now([&](db::Transaction& tx) -> Result<Outcomes> {
    Outcomes outcomes;
    for (const Candidate& one : batch) {
      auto taken = users::find_taken(tx, one.user);
      if (!taken) return pass_on(taken);
      outcomes.push_back(*taken);
    }
    return outcomes;
  });
}

void UserImport::count(const Batch& batch, const Outcomes& outcomes, Listener& listener, Report& report) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    switch (outcomes[i]) {
      case Inserted::done: ++report.imported; break;
      case Inserted::email_taken:
        ++report.skipped;
        listener.on_skipped(batch[i].line, kEmailTaken);
        break;
      case Inserted::username_taken: complain(batch[i].line, {std::string{kUsernameTaken}}, listener, report);
    }
  }
}

Result<Report> UserImport::run(Source& source, Listener& listener) {
  Report report;
  for (Batch batch = next_batch(source, listener, report); !batch.empty();
       batch = next_batch(source, listener, report)) {
    auto outcomes = import(batch);
    if (!outcomes) return pass_on(outcomes);
    count(batch, *outcomes, listener, report);
    listener.on_progress(report);
  }
  return report;
}

Result<Report> UserImport::examine(Source& source, Listener& listener) {
  Report report;
  RepeatedNames names;
  for (Batch batch = next_batch(source, listener, report); !batch.empty();
       batch = next_batch(source, listener, report)) {
    for (const Candidate& one : batch) {
      names.add("email", users::email_key(one.user.email), one.line);
      if (one.user.username) names.add("username", users::username_key(*one.user.username), one.line);
    }
    auto outcomes = look_up(batch);
    if (!outcomes) return pass_on(outcomes);
    count(batch, *outcomes, listener, report);
    listener.on_progress(report);
  }
  for (const std::uint64_t line : names.find()) {
    complain(line, {"its address or username stands in an earlier line too"}, listener, report);
  }
  return report;
}

}  // namespace gatehouse::user_import
