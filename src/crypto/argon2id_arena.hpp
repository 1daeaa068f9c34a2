// Memory for Argon2id that one thread keeps between hashes.
//
// Fetching 19 MiB from the system and giving it back costs more than computing on it. A thread that hashes
// often owns an arena; both Argon2id libraries then compute in it (see cmake/sodium.cmake), while a thread
// without one takes fresh memory for each hash.
//
// What a hash leaves behind stays until the next one, or release(). That is no short cut to the password: with
// two passes or more, version 1.3 of Argon2 XORs each block of the last pass over the former content (RFC 9106
// §3.1.2), so that the first blocks, against which a guess would cost one BLAKE2b, are gone, and a guess
// against the rest costs a whole hash, as it does against the stored tag. After a single pass the first blocks
// are still there; the loan wipes those at once. (Wiping always would cost a fifth of the throughput.)
#pragma once

#include <atomic>
#include <cstddef>

namespace gatehouse::crypto {

// For one thread, except held_bytes().
class Argon2idArena {
 public:
  Argon2idArena() noexcept = default;
  Argon2idArena(const Argon2idArena&) = delete;
  Argon2idArena& operator=(const Argon2idArena&) = delete;
  ~Argon2idArena() { release(); }

  // Wipes the memory and gives it back to the system. Not while it is lent.
  void release() noexcept;
  [[nodiscard]] std::size_t held_bytes() const noexcept { return size_.load(std::memory_order_relaxed); }

  // Null when there is no memory, or when it is lent already. The content is what the last hash left.
  [[nodiscard]] void* lend(std::size_t size) noexcept;
  // False for memory that is not this arena's.
  [[nodiscard]] bool take_back(const void* memory) noexcept;
  void wipe_content() noexcept;

 private:
  void* memory_ = nullptr;
  std::atomic<std::size_t> size_ = 0;
  bool lent_ = false;
};

// Makes `arena` the calling thread's for as long as this object lives.
class ThreadArena {
 public:
  explicit ThreadArena(Argon2idArena& arena) noexcept;
  ThreadArena(const ThreadArena&) = delete;
  ThreadArena& operator=(const ThreadArena&) = delete;
  ~ThreadArena();
};

// While this lives, Argon2id on this thread takes its memory from the thread's arena, if it has one.
class ArenaUse {
 public:
  enum class Afterwards : bool { keep, wipe };
  explicit ArenaUse(Afterwards afterwards) noexcept;
  ArenaUse(const ArenaUse&) = delete;
  ArenaUse& operator=(const ArenaUse&) = delete;
  ~ArenaUse();

 private:
  Afterwards afterwards_;
};

// As libargon2's allocation callbacks (argon2.h: allocate_fptr, deallocate_fptr); zero means success.
int allocate_argon2id_memory(unsigned char** memory, std::size_t size) noexcept;
void free_argon2id_memory(unsigned char* memory, std::size_t size) noexcept;

}  // namespace gatehouse::crypto
