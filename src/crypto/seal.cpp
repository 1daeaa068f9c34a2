// The sealed form is base64url(nonce ‖ ciphertext ‖ tag): 12 bytes, as many as the plain text has, 16 bytes.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/secret.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kNonceBytes = 12;  // NIST SP 800-38D §8.2.2: a random nonce of 96 bits
constexpr std::size_t kTagBytes = 16;

CipherContext start(const Key256& key, std::span<const std::byte> nonce, bool encrypts) {
  CipherContext context{EVP_CIPHER_CTX_new()};
  require(context && EVP_CipherInit_ex2(context.get(), EVP_aes_256_gcm(), octets(key.reveal()), octets(nonce),
                                        encrypts ? 1 : 0, nullptr) == 1,
          "AES-256-GCM");
  return context;
}

void authenticate(EVP_CIPHER_CTX* context, std::string_view text) {
  int length = 0;
  require(EVP_CipherUpdate(context, nullptr, &length, octets(text), static_cast<int>(text.size())) == 1,
          "AES-256-GCM associated data");
}

void transform(EVP_CIPHER_CTX* context, std::span<const std::byte> from, unsigned char* to) {
  int length = 0;
  require(EVP_CipherUpdate(context, to, &length, octets(from), static_cast<int>(from.size())) == 1,
          "AES-256-GCM");
}

bool tag_fits(EVP_CIPHER_CTX* context, std::span<const std::byte> tag) {
  std::array<std::byte, kTagBytes> expected;
  std::ranges::copy(tag, expected.begin());
  unsigned char rest[kTagBytes];
  int length = 0;
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, expected.data()) == 1 &&
         EVP_CipherFinal_ex(context, rest, &length) == 1;
}

}  // namespace

std::string seal(const Key256& key, std::string_view plain, std::string_view context, Random& random) {
  if (plain.size() > kMaxSealBytes || context.size() > kMaxSealBytes) {
    throw std::length_error("seal() is for small values");
  }
  std::vector<std::byte> sealed(kNonceBytes + plain.size() + kTagBytes);
  const std::span nonce = std::span{sealed}.first(kNonceBytes);
  random.fill(nonce);
  const CipherContext cipher = start(key, nonce, true);
  authenticate(cipher.get(), context);
  transform(cipher.get(), as_bytes(plain), writable(std::span{sealed}.subspan(kNonceBytes)));
  const std::span tag = std::span{sealed}.last(kTagBytes);
  int length = 0;
  require(EVP_CipherFinal_ex(cipher.get(), writable(tag), &length) == 1 &&
              EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data()) == 1,
          "AES-256-GCM tag");
  return to_base64url(sealed);
}

std::optional<std::string> open_sealed(const Key256& key, std::string_view sealed, std::string_view context) {
  constexpr std::size_t kMostBytes = kNonceBytes + kMaxSealBytes + kTagBytes;
  if (sealed.size() > (kMostBytes * 4 + 2) / 3 || context.size() > kMaxSealBytes) return std::nullopt;
  const auto bytes = from_base64url(sealed);
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return std::nullopt;

  const ErrorQueueScope errors;
  const std::span all{*bytes};
  const CipherContext cipher = start(key, all.first(kNonceBytes), false);
  authenticate(cipher.get(), context);
  const auto ciphertext = all.subspan(kNonceBytes, all.size() - kNonceBytes - kTagBytes);
  std::string plain(ciphertext.size(), '\0');
  transform(cipher.get(), ciphertext, writable(plain));
  if (tag_fits(cipher.get(), all.last(kTagBytes))) return plain;
  // Nobody may see what a forged text decrypts to.
  wipe(plain.data(), plain.size());
  return std::nullopt;
}

}  // namespace gatehouse::crypto
