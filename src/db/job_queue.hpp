// The bounded queue between those who want a transaction and the threads that run them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "db/database.hpp"

namespace gatehouse::db {

// Thread-safe.
class JobQueue {
 public:
  explicit JobQueue(std::size_t limit) : limit_(limit) {}

  // False when `limit` jobs wait already, or the queue is closed.
  [[nodiscard]] bool push(Database::Job& job);

  // Waits for jobs and replaces `taken` by up to `most` of them, oldest first; by none after `patience`. False
  // once the queue is closed.
  [[nodiscard]] bool take(std::vector<Database::Job*>& taken, std::size_t most,
                          std::optional<std::chrono::milliseconds> patience);

  // Ends every take() and gives the jobs that nobody took.
  [[nodiscard]] std::deque<Database::Job*> close();

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Database::Job*> waiting_;
  bool closed_ = false;
};

}  // namespace gatehouse::db
