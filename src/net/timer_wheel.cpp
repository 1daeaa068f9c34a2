#include "net/timer_wheel.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::net {

void Timer::arm(MonoTime deadline) {
  deadline_ = deadline;
  if (link_ != nullptr && filed_ <= deadline) return;  // its slot comes round in time and moves it on
  unlink();
  wheel_.file(*this, deadline);
}

void Timer::unlink() noexcept {
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
  next_ = nullptr;
  --wheel_.armed_;
}

void TimerWheel::file(Timer& timer, MonoTime at) noexcept {
  // One tick on, so that a slot is visited only when all of its tick has passed.
  const Tick tick = std::max(tick_of(at) + 1, swept_ + 1);
  Timer*& head = slots_[static_cast<std::size_t>(tick) % kSlots];
  timer.filed_ = at;
  timer.next_ = head;
  timer.link_ = &head;
  if (head != nullptr) head->link_ = &timer.next_;
  head = &timer;
  ++armed_;
}

void TimerWheel::advance(MonoTime now) {
  const Tick last = tick_of(now);
  // After a jump of more than one round every slot is visited once.
  const Tick first = std::max(swept_ + 1, last - static_cast<Tick>(kSlots) + 1);
  for (Tick tick = first; tick <= last; ++tick) {
    swept_ = tick;
    // Detached as a whole: what a callback files anew, even for this slot, waits for its next visit. The local
    // head takes part in the links, so a callback may also destroy timers that wait here.
    Timer* due = std::exchange(slots_[static_cast<std::size_t>(tick) % kSlots], nullptr);
    if (due != nullptr) due->link_ = &due;
    while (due != nullptr) visit(*due, now);
  }
}

void TimerWheel::visit(Timer& timer, MonoTime now) {
  timer.unlink();
  if (!timer.is_armed()) return;
  if (timer.deadline_ > now) {
    file(timer, timer.deadline_);
    return;
  }
  timer.disarm();
  timer.on_fire_();
}

}  // namespace gatehouse::net
