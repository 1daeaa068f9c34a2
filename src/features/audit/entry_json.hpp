// An entry as it is shown and exported.
#pragma once

#include <string>

#include "features/audit/audit_store.hpp"

namespace gatehouse::audit {

// {"id","seq","action","actor":{"id","email"}|null,"entity":{"type","id"}|null,"ip","requestId","metadata",
// "createdAt","hash"}. "ip" and "requestId" are null for what the server did by itself.
void append_entry_json(std::string& out, const ListedEntry& listed);

// The same as it is stored: "outcome" as well, and of the actor the id alone ("actorId").
void append_stored_json(std::string& out, const Entry& entry);

}  // namespace gatehouse::audit
