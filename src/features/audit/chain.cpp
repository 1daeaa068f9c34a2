#include "features/audit/chain.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gatehouse::audit {

namespace {

void add_field(std::string& message, std::string_view value) {
  message += fmt::format("{}:", value.size());  // with its length, so that fields cannot run into each other
  message += value;
}

}  // namespace

std::string Chain::hash_of(const Entry& entry, std::string_view hash_before) const {
  std::string message;
  add_field(message, hash_before);
  add_field(message, std::to_string(entry.seq));
  add_field(message, std::to_string(to_unix_ms(entry.created_at)));
  for (const std::string* field :
       {&entry.id, &entry.action, &entry.outcome, &entry.actor_id, &entry.entity_type, &entry.entity_id,
        &entry.ip, &entry.request_id, &entry.metadata}) {
    add_field(message, *field);
  }
  return to_hex(crypto::hmac_sha256(key_.reveal(), as_bytes(message)));
}

std::string Chain::base_mac(std::int64_t seq, std::string_view hash) const {
  // Three fields where an entry has twelve: neither can be taken for the other.
  std::string message;
  add_field(message, "base");
  add_field(message, std::to_string(seq));
  add_field(message, hash);
  return to_hex(crypto::hmac_sha256(key_.reveal(), as_bytes(message)));
}

}  // namespace gatehouse::audit
