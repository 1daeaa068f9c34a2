// The users' table. TEXT, BIGINT and BOOLEAN alone, so that one text serves every database.
#pragma once

#include <string_view>

namespace gatehouse::users {

// email_key and username_key are the canonical forms that account_names.hpp makes; a deleted account keeps its
// keys until it is purged, so that nobody else can take its address meanwhile. Times are Unix milliseconds.
inline constexpr std::string_view kUserSchema = R"sql(
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  username TEXT,
  username_key TEXT UNIQUE,
  name TEXT,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  plan TEXT NOT NULL,
  email_verified BOOLEAN NOT NULL,
  disabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX users_by_role ON users (role);
)sql";

// For lists by role in the order of ids, and for finding what is due to be purged.
inline constexpr std::string_view kUserListSchema = R"sql(
DROP INDEX users_by_role;
CREATE INDEX users_by_role ON users (role, id);
CREATE INDEX users_by_deletion ON users (deleted_at) WHERE deleted_at IS NOT NULL;
)sql";

}  // namespace gatehouse::users
