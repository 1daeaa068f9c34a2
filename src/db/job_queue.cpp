#include "db/job_queue.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::db {

bool JobQueue::push(Database::Job& job) {
  {
    const std::lock_guard lock{mutex_};
    if (closed_ || waiting_.size() >= limit_) return false;
    waiting_.push_back(&job);
  }
  changed_.notify_one();
  return true;
}

bool JobQueue::take(std::vector<Database::Job*>& taken, std::size_t most,
                    std::optional<std::chrono::milliseconds> patience) {
  taken.clear();
  const auto has_news = [this] { return closed_ || !waiting_.empty(); };
  std::unique_lock lock{mutex_};
  if (patience) {
    changed_.wait_for(lock, *patience, has_news);
  } else {
    changed_.wait(lock, has_news);
  }
  if (closed_) return false;
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
  taken.assign(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return true;
}

std::deque<Database::Job*> JobQueue::close() {
  std::deque<Database::Job*> left;
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    left = std::exchange(waiting_, {});
  }
  changed_.notify_all();
  return left;
}

}  // namespace gatehouse::db
