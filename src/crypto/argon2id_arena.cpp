#include "crypto/argon2id_arena.hpp"

#include <sys/mman.h>

#include <cstdint>

#include "base/secret.hpp"

namespace gatehouse::crypto {

namespace {

// libsodium calls mmap without saying for whom, so the thread itself has to know.
thread_local Argon2idArena* thread_arena = nullptr;
thread_local bool arena_in_use = false;

constexpr std::size_t kHugePage = 2U << 20U;

void* map(std::size_t size) noexcept {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// Starts on a boundary of huge pages: Argon2 reads blocks all over its memory, and with small pages nearly
// every block misses the TLB.
void* map_for_huge_pages(std::size_t size) noexcept {
  auto* const raw = static_cast<std::byte*>(map(size + kHugePage));
  if (raw == nullptr) return nullptr;
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(raw) % kHugePage) % kHugePage;
  if (before > 0) ::munmap(raw, before);
  ::munmap(raw + before + size, kHugePage - before);
  // Advice alone: without it everything still works.
  (void)::madvise(raw + before, size, MADV_HUGEPAGE);
  return raw + before;
}

std::size_t whole_pages(std::size_t size) noexcept {
  constexpr std::size_t kPage = 4096;
  return (size + kPage - 1) / kPage * kPage;
}

void* lend_from_thread(std::size_t size) noexcept {
  return arena_in_use && thread_arena != nullptr ? thread_arena->lend(size) : nullptr;
}
bool take_back_from_thread(const void* memory) noexcept {
  return thread_arena != nullptr && thread_arena->take_back(memory);
}

}  // namespace

void Argon2idArena::release() noexcept {
  if (memory_ == nullptr) return;
  wipe_content();
  ::munmap(memory_, held_bytes());
  memory_ = nullptr;
  size_ = 0;
}

void* Argon2idArena::lend(std::size_t size) noexcept {
  if (lent_) return nullptr;
  size = whole_pages(size);
  // An exact fit, so that one hash of an imported user with costly parameters does not keep its memory for
  // long.
  if (held_bytes() != size) {
    release();
    memory_ = map_for_huge_pages(size);
    if (memory_ != nullptr) size_ = size;
  }
  lent_ = memory_ != nullptr;
  return memory_;
}

bool Argon2idArena::take_back(const void* memory) noexcept {
  if (!lent_ || memory != memory_) return false;
  lent_ = false;
  return true;
}

void Argon2idArena::wipe_content() noexcept {
  if (memory_ != nullptr) wipe(memory_, held_bytes());
}

ThreadArena::ThreadArena(Argon2idArena& arena) noexcept {
  thread_arena = &arena;
}
ThreadArena::~ThreadArena() {
  thread_arena = nullptr;
}

ArenaUse::ArenaUse(Afterwards afterwards) noexcept : afterwards_(afterwards) {
  arena_in_use = true;
}
ArenaUse::~ArenaUse() {
  arena_in_use = false;
  if (afterwards_ == Afterwards::wipe && thread_arena != nullptr) thread_arena->wipe_content();
}

int allocate_argon2id_memory(unsigned char** memory, std::size_t size) noexcept {
  void* const lent = lend_from_thread(size);
  *memory = static_cast<unsigned char*>(lent != nullptr ? lent : map(whole_pages(size)));
  return *memory == nullptr ? -1 : 0;
}

void free_argon2id_memory(unsigned char* memory, std::size_t size) noexcept {
  if (memory != nullptr && !take_back_from_thread(memory)) ::munmap(memory, whole_pages(size));
}

}  // namespace gatehouse::crypto

// What libsodium's objects call for mmap and munmap; the names are given in cmake/sodium.cmake.
extern "C" {
void* gatehouse_argon2id_mmap(void* address, std::size_t size, int protection, int flags, int file,
                              off_t offset);
int gatehouse_argon2id_munmap(void* address, std::size_t size);

void* gatehouse_argon2id_mmap(void* address, std::size_t size, int protection, int flags, int file,
                              off_t offset) {
  void* const lent = gatehouse::crypto::lend_from_thread(size);
  return lent != nullptr ? lent : ::mmap(address, size, protection, flags, file, offset);
}

int gatehouse_argon2id_munmap(void* address, std::size_t size) {
  return gatehouse::crypto::take_back_from_thread(address) ? 0 : ::munmap(address, size);
}
}
