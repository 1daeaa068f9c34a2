#include "crypto/ecdsa_signature.hpp"

#include <algorithm>

#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kNumberBytes = kEs256SignatureBytes / 2;

// DER wants the shortest form of a number, and a zero in front of one whose top bit would make it negative.
void append_integer(DerSignature& der, std::string_view number) noexcept {
  number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size() - 1));
  const bool needs_zero = static_cast<unsigned char>(number.front()) >= 0x80;
  der.bytes[der.size++] = 0x02;
  der.bytes[der.size++] = static_cast<unsigned char>(number.size() + (needs_zero ? 1 : 0));
  if (needs_zero) der.bytes[der.size++] = 0;
  for (const char c : number) der.bytes[der.size++] = static_cast<unsigned char>(c);
}

}  // namespace

DerSignature der_from_jose(std::string_view signature) noexcept {
  DerSignature der{.bytes = {0x30}, .size = 2};
  append_integer(der, signature.substr(0, kNumberBytes));
  append_integer(der, signature.substr(kNumberBytes));
  der.bytes[1] = static_cast<unsigned char>(der.size - 2);
  return der;
}

std::string jose_from_der(std::span<const unsigned char> der) {
  const unsigned char* at = der.data();
  const EcdsaSignature parsed{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  require(parsed != nullptr, "DER of an ECDSA signature");
  std::string jose(kEs256SignatureBytes, '\0');
  const std::span out{writable(jose), jose.size()};
  constexpr int kNumber = kNumberBytes;
  require(
      BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out.data(), kNumber) == kNumber &&
          BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out.subspan(kNumberBytes).data(), kNumber) == kNumber,
      "R and S of an ECDSA signature");
  return jose;
}

}  // namespace gatehouse::crypto
