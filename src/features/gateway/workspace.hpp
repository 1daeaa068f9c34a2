// What the calls of one worker share, so that none of them has to allocate it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "features/gateway/field_names.hpp"
#include "http/request_head.hpp"
#include "net/event_loop.hpp"

namespace gatehouse::gateway {

struct Workspace {
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr std::size_t kMaxSpares = 64;
  static constexpr std::size_t kMaxSpareBytes = 64 * 1024;

  explicit Workspace(net::EventLoop& event_loop) : loop(event_loop) {}

  [[nodiscard]] std::string take_spare() {
    if (spares.empty()) return {};
    std::string spare = std::move(spares.back());
    spares.pop_back();
    return spare;
  }
  void give_back(std::string& text) {
    std::string spare;
    spare.swap(text);
    if (spares.size() >= kMaxSpares || spare.capacity() > kMaxSpareBytes) return;
    spare.clear();
    spares.push_back(std::move(spare));
  }
  // "Date: …\r\n", made once a second.
  [[nodiscard]] std::string_view date_line() {
    const std::int64_t second = loop.unix_now().time_since_epoch().count() / 1000;
    if (second != date_second) {
      date_second = second;
      date = "Date: " + http_date(loop.unix_now()) + "\r\n";
    }
    return date;
  }

  net::EventLoop& loop;
  std::string read_buffer = std::string(kReadBytes, '\0');
  http::ResponseHead head;
  NameSet names;
  std::vector<std::string> spares;
  std::int64_t date_second = -1;
  std::string date;
};

}  // namespace gatehouse::gateway
