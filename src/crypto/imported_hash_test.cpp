#include "crypto/imported_hash.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "crypto/password_hash.hpp"

namespace gatehouse::crypto {

namespace {

struct Vector {
  std::string_view password;
  std::string_view hash;
};

Secret secret(std::string_view text) {
  return Secret{std::string{text}};
}

bool verifies(std::string_view password, std::string_view hash) {
  return verify_password(secret(password), hash);
}

std::optional<HashProblem> problem_with(std::string_view from, std::string_view to, std::string_view in) {
  std::string text{in};
  return find_hash_problem(text.replace(text.find(from), from.size(), to));
}

// Published ones.
const std::vector<Vector> kPublished{
    // test.c of the reference implementation (github.com/P-H-C/phc-winner-argon2)
    {"password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"},
    {"password", "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E"},
    {"password", "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY"},
    {"password", "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY"},
    {"password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
    // RFC 7914 §12 (scrypt) and §11 (PBKDF2-HMAC-SHA-256)
    {"password",
     "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDax"
     "yevuUqD7m2DYMvfoswGQA"},
    {"passwd",
     "$pbkdf2-sha256$i=1$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8xfHG4RbH"
     "jC9UJESBB06GXgw"},
    // RFC 6070 §2 (PBKDF2-HMAC-SHA-1), in Django's and passlib's spelling
    {"password", "pbkdf2_sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE="},
    {"password", "$pbkdf2$4096$c2FsdA$SwB5AbdlSJq.rUnZJvch0GWkKcE"},
    // passlib's documentation of pbkdf2_sha256
    {"password", "$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE"},
    // tests/auth_tests/test_hashers.py of Django
    {"lètmein",
     "scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fb"
     "b7JEFPKGpuEf5vw=="},
    // U. Drepper, "Unix crypt using SHA-256 and SHA-512"
    {"Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
    {"Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"},
    {"Hello world!",
     "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEO"
     "faS35inz1"},
    // wrapper.c of Openwall's crypt_blowfish, behind Django's word
    {"U*U", "bcrypt$$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
};

// Made with Python's hashlib and crypt, by Django's and passlib's formulas.
const std::vector<Vector> kComputed{
    {"correct horse", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="},
    {"correct horse", "pbkdf2_sha1$1000$seasalt$iQvkNOF1wEL4Khh8eogJ8rUhipM="},
    {"correct horse",
     "$pbkdf2-sha512$i=1000$c2l4dGVlbiBieXRlcy4uLg$zBmpUKF3UYTqFCyTwzhuMGsYObjlxYE3BE8TWcpwIfHX9hO6Hess7Ai4PSr"
     "+3y1+DvTOPV1dMnmUK5V0QIGRPw"},
    {"correct horse",
     "scrypt$1024$seasalt$8$5$U5L/E4s8HSw/x7c2z5Ose/wRS4Ex+nZFwhoeVl7Y/Ivmfxi7M91P9jpq7MYsDfV9WCzv+HMsQaovdkOi"
     "kEuBXg=="},
    {"correct horse", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq"},
    {"correct horse", "bcrypt$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    {"password", "argon2$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
};

std::vector<Vector> all_vectors() {
  std::vector<Vector> all = kPublished;
  all.insert(all.end(), kComputed.begin(), kComputed.end());
  return all;
}

constexpr std::string_view kArgon2 =
    "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8";
constexpr std::string_view kPhcScrypt =
    "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/"
    "xCSedmDDaxyevuUqD7m2DYMvf"
    "oswGQA";
constexpr std::string_view kDjangoScrypt =
    "scrypt$1024$seasalt$8$5$U5L/E4s8HSw/x7c2z5Ose/wRS4Ex+nZFwhoeVl7Y/"
    "Ivmfxi7M91P9jpq7MYsDfV9WCzv+HMsQaovdkOikEuB"
    "Xg==";
constexpr std::string_view kDjangoPbkdf2 =
    "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";
constexpr std::string_view kPasslib =
    "$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE";
constexpr std::string_view kSha256Crypt =
    "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA";
constexpr std::string_view kBcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

}  // namespace

TEST(ImportedHash, verifies_every_published_and_every_computed_vector) {
  for (const auto& [password, hash] : all_vectors()) {
    EXPECT_EQ(find_hash_problem(hash), std::nullopt) << hash;
    EXPECT_TRUE(verifies(password, hash)) << hash;
  }
}

TEST(ImportedHash, verifies_no_other_password) {
  for (const auto& [password, hash] : all_vectors()) {
    EXPECT_FALSE(verifies(std::string{password} + "x", hash)) << hash;
    EXPECT_FALSE(verifies(password.substr(1), hash)) << hash;
    EXPECT_FALSE(verifies("", hash)) << hash;
    EXPECT_FALSE(verifies(std::string{password} + '\0', hash)) << "ends at a NUL: " << hash;
  }
}

TEST(ImportedHash, is_always_to_be_replaced) {
  const PasswordHashParameters ours;
  PasswordHashParameters bcrypt;
  bcrypt.kind = PasswordHashParameters::Kind::bcrypt;
  for (const auto& [password, hash] : all_vectors()) {
    EXPECT_TRUE(needs_rehash(hash, ours)) << hash;
    EXPECT_TRUE(needs_rehash(hash, bcrypt)) << hash;
  }
}

TEST(ImportedHash, with_any_character_left_out_verifies_nothing) {
  for (const auto& [password, hash] : all_vectors()) {
    for (std::size_t i = 0; i < hash.size(); i += 3) {
      std::string shorter{hash};
      shorter.erase(i, 1);
      // One digit less of a cost, or of a salt in plain text, is a good hash of another password.
      EXPECT_FALSE(verifies(password, shorter)) << shorter;
    }
  }
}

TEST(ImportedHash, of_no_known_form_says_so) {
  for (const std::string_view text :
       {"", "password", "$", "$$", "$1$salt$abcdefghijklmnopqrstuv",
        "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AAAA",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$y$j9T$abc$def", "md5$salt$abc", "!",
        "{SSHA}abcdef", "pbkdf2_md5$1$salt$abc", "$pbkdf2-md5$1$c2FsdA$abcd"}) {
    EXPECT_EQ(find_hash_problem(text), HashProblem::unknown_form) << text;
    EXPECT_FALSE(verifies("password", text)) << text;
    EXPECT_FALSE(verifies("", text)) << text;
  }
}

TEST(ImportedHash, is_at_most_512_bytes_long) {
  EXPECT_EQ(find_hash_problem("$5$" + std::string(509, 'a')), HashProblem::malformed);
  EXPECT_EQ(find_hash_problem("x" + std::string(511, 'a')), HashProblem::unknown_form);
  EXPECT_EQ(find_hash_problem("x" + std::string(512, 'a')), HashProblem::malformed);
}

TEST(ImportedHash, of_our_own_forms_has_no_problem) {
  SystemRandom random;
  EXPECT_EQ(find_hash_problem(hash_password(secret("p"), {.argon2id = {.memory_kib = 64}}, random)),
            std::nullopt);
  EXPECT_EQ(find_hash_problem(hash_password(
                secret("p"), {.kind = PasswordHashParameters::Kind::bcrypt, .bcrypt = {.cost = 4}}, random)),
            std::nullopt);
}

TEST(ImportedArgon2, refuses_one_beyond_each_bound) {
  EXPECT_EQ(problem_with("m=256", "m=1048576", kArgon2), std::nullopt);
  EXPECT_EQ(problem_with("m=256", "m=1048577", kArgon2), HashProblem::too_costly);
  EXPECT_EQ(problem_with("t=2", "t=64", kArgon2), std::nullopt);
  EXPECT_EQ(problem_with("t=2", "t=65", kArgon2), HashProblem::too_costly);
  EXPECT_EQ(problem_with("p=1", "p=16", kArgon2), std::nullopt);
  EXPECT_EQ(problem_with("p=1", "p=17", kArgon2), HashProblem::too_costly);
  EXPECT_EQ(problem_with("m=256", "m=8", kArgon2), std::nullopt);
  EXPECT_EQ(problem_with("m=256", "m=7", kArgon2), HashProblem::malformed);
  EXPECT_EQ(problem_with("t=2", "t=0", kArgon2), HashProblem::malformed);
  EXPECT_EQ(problem_with("m=256", "m=18446744073709551616", kArgon2), HashProblem::malformed);
}

TEST(ImportedArgon2, refuses_what_is_spelt_otherwise) {
  for (const std::string_view version : {"v=18", "v=20", "v=", "v=019", "v=x"}) {
    EXPECT_EQ(problem_with("v=19", version, kArgon2), HashProblem::malformed) << version;
  }
  EXPECT_EQ(problem_with("m=256,t=2,p=1", "t=2,m=256,p=1", kArgon2), HashProblem::malformed);
  EXPECT_EQ(problem_with("m=256", "m=+256", kArgon2), HashProblem::malformed);
  EXPECT_EQ(problem_with("c29tZXNhbHQ", "c29tZXNhbA", kArgon2), HashProblem::malformed) << "salt of 7 bytes";
  EXPECT_EQ(problem_with("c29tZXNhbHQ", "c29tZXNhbHQ=", kArgon2), HashProblem::malformed);
  EXPECT_EQ(problem_with("c29tZXNhbHQ$", "c29tZXNhbHQ", kArgon2), HashProblem::malformed);
  EXPECT_EQ(problem_with("iekCn0Y3spW+", "iekCn0Y3spW-", kArgon2), HashProblem::malformed) << "base64url";
}

TEST(ImportedScrypt, refuses_one_beyond_each_bound) {
  EXPECT_EQ(problem_with("ln=10,r=8,p=16", "ln=18,r=8,p=8", kPhcScrypt), std::nullopt) << "256 MiB, 2^24";
  EXPECT_EQ(problem_with("ln=10,r=8,p=16", "ln=18,r=9,p=1", kPhcScrypt), HashProblem::too_costly) << "memory";
  EXPECT_EQ(problem_with("ln=10,r=8,p=16", "ln=18,r=8,p=9", kPhcScrypt), HashProblem::too_costly) << "work";
  for (const std::string_view costs : {"ln=63,r=8,p=1", "ln=10,r=1024,p=1", "ln=1,r=1,p=1024",
                                       "ln=62,r=9223372036854775807,p=9223372036854775807"}) {
    EXPECT_EQ(problem_with("ln=10,r=8,p=16", costs, kPhcScrypt), HashProblem::too_costly) << costs;
  }
  EXPECT_EQ(problem_with("$1024$", "$524288$", kDjangoScrypt), HashProblem::too_costly);
}

TEST(ImportedScrypt, refuses_what_is_spelt_otherwise) {
  for (const std::string_view costs :
       {"ln=0,r=8,p=1", "ln=10,r=0,p=1", "ln=10,r=8,p=0", "ln=10,r=8", "r=8,ln=10,p=1", "ln=10,r=8,p=1,x=1"}) {
    EXPECT_EQ(problem_with("ln=10,r=8,p=16", costs, kPhcScrypt), HashProblem::malformed) << costs;
  }
  for (const std::string_view n : {"$0$", "$1$", "$1000$", "$-1024$", "$01024$", "$$"}) {
    EXPECT_EQ(problem_with("$1024$", n, kDjangoScrypt), HashProblem::malformed) << n << ": no power of two";
  }
  EXPECT_EQ(problem_with("seasalt", "", kDjangoScrypt), HashProblem::malformed);
  EXPECT_EQ(problem_with("seasalt", "sea salt", kDjangoScrypt), HashProblem::malformed);
  EXPECT_EQ(problem_with("seasalt", std::string(64, 's'), kDjangoScrypt), std::nullopt);
  EXPECT_EQ(problem_with("seasalt", std::string(65, 's'), kDjangoScrypt), HashProblem::malformed);
  EXPECT_EQ(problem_with("Xg==", "Xg", kDjangoScrypt), HashProblem::malformed) << "padding belongs to it";
}

TEST(ImportedPbkdf2, refuses_one_beyond_each_bound) {
  EXPECT_EQ(problem_with("$1000$", "$10000000$", kDjangoPbkdf2), std::nullopt);
  EXPECT_EQ(problem_with("$1000$", "$10000001$", kDjangoPbkdf2), HashProblem::too_costly);
  EXPECT_EQ(problem_with("$8000$", "$10000001$", kPasslib), HashProblem::too_costly);
  EXPECT_EQ(problem_with("$8000$", "$i=10000001$", kPasslib), HashProblem::too_costly);
  EXPECT_EQ(problem_with("$8000$", "$i=8000,l=32$", kPasslib), std::nullopt);
}

TEST(ImportedPbkdf2, refuses_what_is_spelt_otherwise) {
  for (const std::string_view rounds :
       {"$0$", "$-1$", "$08000$", "$i=$", "$i=8000,l=31$", "$i=8000,l=32,x=1$", "$$"}) {
    EXPECT_EQ(problem_with("$8000$", rounds, kPasslib), HashProblem::malformed) << rounds;
  }
  EXPECT_EQ(problem_with("mso=", "mso", kDjangoPbkdf2), HashProblem::malformed);
  EXPECT_EQ(problem_with("$seasalt", "", kDjangoPbkdf2), HashProblem::malformed);
  EXPECT_EQ(problem_with("mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=", "mQnueSakb748zqBAC1tm", kDjangoPbkdf2),
            HashProblem::malformed)
      << "15 bytes of digest could be guessed";
  EXPECT_EQ(find_hash_problem(std::string{kPasslib} + "$"), HashProblem::malformed);
}

TEST(ImportedShaCrypt, refuses_one_beyond_each_bound) {
  EXPECT_EQ(problem_with("rounds=10000", "rounds=2000000", kSha256Crypt), std::nullopt);
  EXPECT_EQ(problem_with("rounds=10000", "rounds=2000001", kSha256Crypt), HashProblem::too_costly);
  EXPECT_EQ(problem_with("rounds=10000", "rounds=1000", kSha256Crypt), std::nullopt);
  EXPECT_EQ(problem_with("rounds=10000", "rounds=999", kSha256Crypt), HashProblem::malformed);
}

TEST(ImportedShaCrypt, refuses_what_is_spelt_otherwise) {
  EXPECT_EQ(problem_with("saltst$", "saltstX$", kSha256Crypt), HashProblem::malformed) << "salt of 17";
  EXPECT_EQ(problem_with("saltst$", "salt:t$", kSha256Crypt), HashProblem::malformed);
  EXPECT_EQ(problem_with("$5$", "$6$", kSha256Crypt), HashProblem::malformed) << "43 characters are SHA-256's";
  EXPECT_EQ(problem_with("IcA", "Ic!", kSha256Crypt), HashProblem::malformed);
  EXPECT_EQ(problem_with("rounds=10000$", "rounds=$", kSha256Crypt), HashProblem::malformed);
}

TEST(ImportedBcrypt, refuses_a_cost_beyond_the_bound_and_says_so) {
  EXPECT_EQ(problem_with("$05$", "$20$", kBcrypt), std::nullopt);
  EXPECT_EQ(problem_with("$05$", "$21$", kBcrypt), HashProblem::too_costly);
  EXPECT_EQ(problem_with("$05$", "$03$", kBcrypt), HashProblem::malformed);
  EXPECT_EQ(find_hash_problem("bcrypt_sha256$" + std::string{kBcrypt}), std::nullopt);
  EXPECT_EQ(find_hash_problem("bcrypt_sha256$$5$salt$x"), HashProblem::malformed);
}

// Django's second bcrypt form sees every byte, the first one is bcrypt itself.
TEST(ImportedBcrypt, of_django_is_plain_or_of_the_sha256) {
  EXPECT_FALSE(
      verifies("correct horse", "bcrypt$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq"));
  EXPECT_FALSE(
      verifies("correct horse", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"));
}

}  // namespace gatehouse::crypto
