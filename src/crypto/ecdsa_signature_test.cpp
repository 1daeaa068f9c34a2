#include "crypto/ecdsa_signature.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace gatehouse::crypto {
namespace {

std::string number(std::string_view last_bytes) {
  return std::string(32 - last_bytes.size(), '\0') + std::string{last_bytes};
}

std::string der_hex(const std::string& r, const std::string& s) {
  return to_hex(std::as_bytes(der_from_jose(r + s).view()));
}

TEST(EcdsaSignature, is_written_in_the_shortest_der) {
  EXPECT_EQ(der_hex(number("\x01"), number("\x7F")), "300602010102017f");
  EXPECT_EQ(der_hex(number("\x80"), number("\xFF\x01")),
            "30090202008002"
            "0300ff01");
  EXPECT_EQ(der_hex(number(""), number("")), "3006020100020100");
}

TEST(EcdsaSignature, fits_its_room_at_the_longest) {
  const std::string ones(32, '\xFF');
  const DerSignature der = der_from_jose(ones + ones);
  EXPECT_EQ(der.size, der.bytes.size());
  EXPECT_EQ(der.bytes[1], 70);
}

TEST(EcdsaSignature, comes_back_in_64_bytes) {
  for (const std::string_view bytes : {"\x01", "\x7F", "\x80", "\x01\x02\x03", "\xFF\xFE\xFD"}) {
    for (const std::string& jose :
         {number(bytes) + std::string(32, '\xFF'), std::string(32, '\x80') + number(bytes)}) {
      EXPECT_EQ(jose_from_der(der_from_jose(jose).view()), jose);
    }
  }
}

TEST(EcdsaSignature, is_not_read_from_what_is_no_der) {
  const DerSignature der = der_from_jose(number("\x01") + number("\x02"));
  EXPECT_THROW(static_cast<void>(jose_from_der({})), std::runtime_error);
  EXPECT_THROW(static_cast<void>(jose_from_der(der.view().first(5))), std::runtime_error);
  EXPECT_THROW(static_cast<void>(jose_from_der(der.view().subspan(1))), std::runtime_error);
}

TEST(EcdsaSignature, with_numbers_beyond_32_bytes_is_refused) {
  const std::string wide = "\x30\x26\x02\x21\x01" + std::string(32, '\x01') + std::string("\x02\x01\x01");
  EXPECT_THROW(static_cast<void>(
                   jose_from_der(std::span{reinterpret_cast<const unsigned char*>(wide.data()), wide.size()})),
               std::runtime_error);
}

}  // namespace
}  // namespace gatehouse::crypto
