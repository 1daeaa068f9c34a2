#include "features/recovery/recovery.hpp"

namespace gatehouse::recovery {

Recovery::Recovery(const Parts& parts)
    : resets(parts.shared),
      changes(parts.shared, parts.tokens, parts.lockout, parts.random),
      disowned(parts.shared, resets),
      handlers({.requests = parts.requests,
                .resets = resets,
                .changes = changes,
                .disowned = disowned,
                .csrf = parts.csrf,
                .cookies = parts.cookies,
                .random = parts.random,
                .settings = parts.shared.settings}) {
  parts.requests.on(
      one_time::MailRequestKind::reset_password,
      [this](db::Transaction& tx, const one_time::MailRequest& request) { return resets.answer(tx, request); });
}

}  // namespace gatehouse::recovery
