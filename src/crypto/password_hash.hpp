// Password hashes: Argon2id (RFC 9106) and bcrypt, in PHC and crypt(3) text form.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"

namespace gatehouse::crypto {

struct Argon2idParameters {
  std::uint32_t memory_kib = 19 * 1024;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
};
struct BcryptParameters {
  unsigned cost = 12;
};
struct PasswordHashParameters {
  enum class Kind : std::uint8_t { argon2id, bcrypt };
  Kind kind = Kind::argon2id;
  Argon2idParameters argon2id;
  BcryptParameters bcrypt;
};

// Both block the calling thread for milliseconds of computation; call them on a HashPool.
//
// Bcrypt sees base64 of HMAC-SHA-256(password) ("$2b$" inside "$gh-bcrypt-sha256$"), because it stops at NUL
// and at 72 bytes. The forms of other programs (imported_hash.hpp) are verified too.
//
// Throws for parameters out of bounds (argon2id.hpp, bcrypt.hpp) and when there is no memory for the hash.
[[nodiscard]] std::string hash_password(const Secret& password, const PasswordHashParameters& parameters,
                                        Random& random);
// False for a wrong password, for a hash of no known form or of more work than the bounds allow, and without
// memory.
[[nodiscard]] bool verify_password(const Secret& password, std::string_view hash) noexcept;
// Whether a login should replace the hash: another kind, or parameters below the configured ones.
[[nodiscard]] bool needs_rehash(std::string_view hash, const PasswordHashParameters& parameters) noexcept;

// Threads for hashing alone, of lower priority than the event loops; a bounded queue. Beyond it try_submit
// refuses.
//
// The destructor waits for work that runs; queued work is destroyed without running. Work must not throw. Each
// thread keeps its Argon2id memory between hashes, and wipes and frees it when it had no work for
// `keep_memory_for`.
class HashPool final : public BlockingPool {
 public:
  HashPool(unsigned threads, unsigned queue_limit,
           std::chrono::milliseconds keep_memory_for = std::chrono::seconds{1});
  ~HashPool() override;
  [[nodiscard]] bool try_submit(std::move_only_function<void()> work) override;
  [[nodiscard]] unsigned queued() const noexcept;
  [[nodiscard]] unsigned running() const noexcept;
  // Argon2id memory of all threads together.
  [[nodiscard]] std::size_t held_bytes() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::crypto
