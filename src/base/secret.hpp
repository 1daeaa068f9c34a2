// Text that must not be seen: it cannot be printed or compared with ==, and is wiped when it goes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse {

// Overwrites memory in a way that the optimiser may not remove.
void wipe(void* memory, std::size_t size) noexcept;

// Takes the same time wherever the first difference stands; lengths are not secret.
[[nodiscard]] bool equals_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) noexcept;
[[nodiscard]] bool equals_in_constant_time(std::string_view a, std::string_view b) noexcept;

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) noexcept : text_(std::move(text)) { wipe(text.data(), text.capacity()); }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      clear();
      text_ = other.text_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      text_ = std::move(other.text_);
      other.clear();
    }
    return *this;
  }
  ~Secret() { clear(); }

  // The only way to the content; grep for it to see who looks.
  [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }
  void clear() noexcept {
    // Up to capacity: a short string lives inside the object, and a moved-from one may keep its bytes.
    wipe(text_.data(), text_.capacity());
    text_.clear();
  }

  friend bool operator==(const Secret&, const Secret&) = delete;

 private:
  std::string text_;
};

}  // namespace gatehouse
