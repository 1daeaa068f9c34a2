// All migrations of the store, oldest first. Never edit one that was released: add the next.
#pragma once

#include <span>

#include "db/migrations.hpp"

namespace gatehouse::app {

[[nodiscard]] std::span<const db::Migration> migrations() noexcept;

}  // namespace gatehouse::app
