#include "http/field_block.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"
#include "http/characters.hpp"

namespace gatehouse::http {
namespace {

// In the order of Known.
constexpr std::array<std::string_view, kKnownCount> kKnownNames{
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "authorization",
    "cookie",
    "origin",
    "content-type",
    "content-encoding",
    "accept",
    "user-agent",
    "upgrade",
    "expect",
    "x-request-id",
    "x-csrf-token",
    "x-api-key",
    "x-forwarded-for",
    "forwarded",
    "x-forwarded-proto",
    "access-control-request-method",
    "access-control-request-headers",
};

// Length, first and last letter tell all known names apart; the factor 5 was found by trying.
constexpr std::size_t kSlots = 64;
constexpr std::size_t slot_of(std::string_view name) noexcept {
  const auto lower = [](char c) { return static_cast<unsigned char>(c) | 0x20U; };
  return (name.size() + lower(name.front()) + 5U * lower(name.back())) % kSlots;
}

constexpr std::uint8_t kNoName = kKnownCount;
consteval std::array<std::uint8_t, kSlots> build_slots() {
  std::array<std::uint8_t, kSlots> slots{};
  slots.fill(kNoName);
  for (std::uint8_t i = 0; i < kKnownCount; ++i) {
    auto& slot = slots[slot_of(kKnownNames[i])];
    if (slot != kNoName) throw "two known names share a slot: choose another factor";
    slot = i;
  }
  return slots;
}
constexpr auto kNameInSlot = build_slots();
static_assert(std::ranges::all_of(kKnownNames, [](std::string_view name) { return name.size() >= 4; }),
              "is_same_name compares words of four bytes");

template <class Word>
bool is_same_word(const char* sent, const char* lower) noexcept {
  Word a, b;
  std::memcpy(&a, sent, sizeof a);
  std::memcpy(&b, lower, sizeof b);
  return (a | static_cast<Word>(0x2020202020202020)) == b;
}

template <class Word>
bool is_same_in_words(const char* sent, const char* lower, std::size_t size) noexcept {
  const std::size_t last = size - sizeof(Word);
  for (std::size_t i = 0; i < last; i += sizeof(Word)) {
    if (!is_same_word<Word>(sent + i, lower + i)) return false;
  }
  return is_same_word<Word>(sent + last, lower + last);
}

// Known names are letters and '-': of all token characters, setting 0x20 turns capital letters alone into one
// of them.
bool is_same_name(std::string_view sent, std::string_view lower) noexcept {
  if (sent.size() != lower.size()) return false;
  return sent.size() >= 8 ? is_same_in_words<std::uint64_t>(sent.data(), lower.data(), sent.size())
                          : is_same_in_words<std::uint32_t>(sent.data(), lower.data(), sent.size());
}

void note_known(FieldBlock& block, std::string_view name, std::size_t index) noexcept {
  const std::uint8_t known = kNameInSlot[slot_of(name)];
  if (known == kNoName || !is_same_name(name, kKnownNames[known])) return;
  if (block.first[known] == 0) {
    block.first[known] = static_cast<std::uint8_t>(index + 1);
  } else {
    block.repeated |= 1U << known;
  }
}

Verdict read_name(Cursor& in, std::string_view& name) noexcept {
  const char* const begin = in.at;
  in.at = find_token_end(begin, in.end);
  if (in.is_at_end()) return kIncomplete;
  // Space before the colon, obs-fold (a line that begins with space) and a line without a colon all end here.
  if (*in.at != ':' || in.at == begin) return refuse(400, "malformed field name");
  name = {begin, static_cast<std::size_t>(in.at - begin)};
  ++in.at;
  return kComplete;
}

Verdict read_value(Cursor& in, std::string_view& value) noexcept {
  const char* const begin = skip_spaces_and_tabs(in.at, in.end);
  const char* end = find_text_end(begin, in.end);
  in.at = end;
  if (const auto line_end = read_line_end(in); !line_end.is_complete()) return line_end;
  while (end != begin && is_space_or_tab(end[-1])) --end;
  value = {begin, static_cast<std::size_t>(end - begin)};
  return kComplete;
}

Verdict read_field(Cursor& in, FieldBlock& block) noexcept {
  auto& field = block.fields[block.count];
  if (const auto name = read_name(in, field.name); !name.is_complete()) return name;
  if (const auto value = read_value(in, field.value); !value.is_complete()) return value;
  note_known(block, field.name, block.count);
  ++block.count;
  return kComplete;
}

}  // namespace

Verdict read_fields(Cursor& in, FieldBlock& block) noexcept {
  block.count = 0;
  block.first.fill(0);
  block.repeated = 0;
  while (!in.is_at_end()) {
    if (*in.at == '\r') return read_line_end(in);
    if (block.count == kMaxFields) return refuse(431, "too many fields");
    if (const auto field = read_field(in, block); !field.is_complete()) return field;
  }
  return kIncomplete;
}

// A parser starts from the front each time: the buffer may have moved, and views into it with it. To keep bytes
// that drip in one by one from costing the square of their number, it runs only when a line has ended or
// another KiB has come: at most 32 + 102 times for the largest head.
HeadResult parse_within_limits(std::string_view bytes, std::size_t& scanned, ReadHead read,
                               void* head) noexcept {
  constexpr std::size_t kStep = 1024;
  const auto limited = bytes.substr(0, kMaxHeadBytes);
  const bool is_first = scanned == 0;
  const auto fresh = limited.substr(std::min(scanned, limited.size()));
  const bool passed_step = scanned / kStep != limited.size() / kStep;
  scanned = limited.size();
  if (!is_first && !passed_step && fresh.find('\n') == std::string_view::npos) return {};

  Cursor in{.at = limited.data(), .end = limited.data() + limited.size()};
  auto verdict = read(in, head);
  if (verdict.status == HeadStatus::incomplete && limited.size() == kMaxHeadBytes) {
    verdict = refuse(431, "head too large");
  }
  return {.status = verdict.status,
          .size = verdict.is_complete() ? static_cast<std::size_t>(in.at - limited.data()) : 0,
          .refusal = verdict.refusal,
          .why = verdict.why};
}

}  // namespace gatehouse::http
