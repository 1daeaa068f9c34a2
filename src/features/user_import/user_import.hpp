// Users of another system move in with their old passwords: a file of any size, a bounded piece of it at a
// time.
//
// Each batch is one transaction, with one audit entry. What a crash leaves behind is whole batches; the same
// import again passes over those who are there already.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/user_import/checked_user.hpp"
#include "features/user_import/import_source.hpp"
#include "features/users/bulk_insert.hpp"
#include "features/users/user.hpp"

namespace gatehouse::user_import {

struct Report {
  std::uint64_t records = 0;
  std::uint64_t imported = 0;
  std::uint64_t skipped = 0;   // an account has the address already
  std::uint64_t mistakes = 0;  // records that cannot be imported
};

// Told as it happens: nothing is kept of a mistake.
class Listener {
 public:
  virtual ~Listener() = default;
  // `what` is for a person, and never a secret.
  virtual void on_mistake(std::uint64_t line, std::string_view what) = 0;
  virtual void on_skipped(std::uint64_t line, std::string_view why) = 0;
  // After each batch: the moment to let others write.
  virtual void on_progress(const Report& so_far) = 0;
};

class UserImport {
 public:
  // So many users a transaction: a server beside it waits for one, some 20 ms.
  static constexpr std::size_t kBatch = 500;

  UserImport(db::Database& database, audit::SecurityEvents& events, Random& random, const Clock& clock,
             const config::Settings& settings)
      : database_(database), events_(events), random_(random), clock_(clock), settings_(settings) {}

  // Looks at everything and imports nothing; `imported` is how many would be. Two records of one address or
  // username are a mistake here. Holds 32 bytes for each record.
  [[nodiscard]] Result<Report> examine(Source& source, Listener& listener);
  // Imports what can be imported. An error is the store's; what was imported before it stays.
  [[nodiscard]] Result<Report> run(Source& source, Listener& listener);

 private:
  struct Candidate {
    std::uint64_t line;
    users::User user;
    std::string password_hash;
  };
  using Batch = std::vector<Candidate>;
  using Outcomes = std::vector<users::Inserted>;

  // The next records that are well formed, at most kBatch; counts and tells of the others.
  [[nodiscard]] Batch next_batch(Source& source, Listener& listener, Report& report);
  [[nodiscard]] Candidate candidate(std::uint64_t line, RawUser raw) const;
  [[nodiscard]] Result<Outcomes> import(const Batch& batch);
  [[nodiscard]] Result<Outcomes> look_up(const Batch& batch);
  [[nodiscard]] Result<void> append_event(db::Transaction& tx, const Batch& batch, const Outcomes& outcomes);
  static void count(const Batch& batch, const Outcomes& outcomes, Listener& listener, Report& report);

  db::Database& database_;
  audit::SecurityEvents& events_;
  Random& random_;
  const Clock& clock_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::user_import
