// Signatures against the vectors of RFCs, and what must not verify.
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/native/crypto/ec_key.h"
#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/okp_key.h"
#include "runtime/native/crypto/signatures.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::Base64Url;
using testing::Good;
using testing::Hex;
using testing::Joined;
using testing::RfcRsaKey;
using testing::Text;

struct Pair {
  std::unique_ptr<ParsedKey> private_key;
  std::unique_ptr<ParsedKey> public_key;
};

Pair CurvePair(Curve curve, const Octets& material) {
  return {std::make_unique<ParsedKey>(KeyForm{curve, true}, material),
          std::make_unique<ParsedKey>(KeyForm{curve, false}, PublicPart(curve, material))};
}

Pair RsaPair(const RfcRsaKey& key) {
  return {std::make_unique<ParsedKey>(KeyForm{std::nullopt, true},
                                      WriteRsaPrivateKeyInfo(key.PrivateNumbers())),
          std::make_unique<ParsedKey>(KeyForm{std::nullopt, false},
                                      WriteRsaPublicKeyInfo(key.PublicNumbers()))};
}

// A signature verifies, and does not once anything about it is changed.
void CheckVerifies(const ParsedKey& key, const SignatureScheme& scheme, const Octets& signature,
                   const Octets& message) {
  CHECK(Verify(key, scheme, signature, message));
  for (const size_t at : {size_t{0}, signature.size() / 2, signature.size() - 1}) {
    Octets other = signature;
    other[at] ^= 1;
    CHECK_FALSE(Verify(key, scheme, other, message));
  }
  CHECK_FALSE(Verify(key, scheme, signature, Joined({message, Hex("00")})));
  CHECK_FALSE(Verify(key, scheme, Joined({signature, Hex("00")}), message));
  CHECK_FALSE(Verify(key, scheme, Bytes(signature).subspan(1), message));
  CHECK_FALSE(Verify(key, scheme, {}, message));
}

TEST_CASE("EdDSA: RFC 8032, section 7") {
  struct Vector {
    Curve curve;
    const char* secret;
    const char* public_key;
    const char* message;
    const char* signature;
  };
  const Vector vectors[] = {
      {Curve::kEd25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
       "f9b46bd25bf5f0595bbe24655141438e7a100b"},
      {Curve::kEd25519, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
       "f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {Curve::kEd25519, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
       "4dc6594a7c15e9716ed28dc027beceea1ec40a"},
      {Curve::kEd448,
       "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94"
       "492f8f032e7549a20098f95b",
       "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1"
       "e50f6cd1fa1abeafe8256180",
       "",
       "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22dd"
       "d47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda85"
       "30a113a0f4dbb61149f05a7363268c71d95808ff2e652600"},
  };
  for (const Vector& vector : vectors) {
    INFO(TraitsOf(vector.curve).name << " of '" << vector.message << "'");
    const Octets material =
        Good(ImportOkpPrivateKey(vector.curve, Hex(vector.secret), Hex(vector.public_key)));
    const Pair pair = CurvePair(vector.curve, material);
    const Octets message = Hex(vector.message);
    CHECK(Sign(*pair.private_key, {}, message) == Hex(vector.signature));
    CheckVerifies(*pair.public_key, {}, Hex(vector.signature), message);
  }
}

TEST_CASE("EdDSA: small orders and large scalars do not verify") {
  // With the identity as the public key and R, S = 0 satisfies the equation for every message.
  Octets identity(32, 0);
  identity[0] = 1;
  const ParsedKey small({Curve::kEd25519, false}, identity);
  CHECK_FALSE(Verify(small, {}, Joined({identity, Octets(32, 0)}), Text("any")));

  // S + L is another S of the same signature (RFC 8032, section 5.1.7, forbids it).
  const Pair pair =
      CurvePair(Curve::kEd25519,
                Good(ImportOkpPrivateKey(
                    Curve::kEd25519,
                    Hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), {})));
  const auto signature = Sign(*pair.private_key, {}, {});
  REQUIRE(signature.has_value());
  const Octets order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Octets malleable = *signature;
  int carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += malleable[32 + i] + order[i];
    malleable[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  CHECK(Verify(*pair.public_key, {}, *signature, {}));
  CHECK_FALSE(Verify(*pair.public_key, {}, malleable, {}));
}

TEST_CASE("ECDSA: RFC 6979, appendix A.2") {
  struct Vector {
    Curve curve;
    Hash hash;
    const char* secret;
    const char* r;
    const char* s;
  };
  const Vector vectors[] = {
      {Curve::kP256, Hash::kSha256,
       "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
       "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
       "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
      {Curve::kP256, Hash::kSha1,
       "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
       "61340C88C3AAEBEB4F6D667F672CA9759A6CCAA9FA8811313039EE4A35471D32",
       "6D7F147DAC089441BB2E2FE8F7A3FA264B9C475098FDCF6E00D7C996E1B8B7EB"},
      {Curve::kP384, Hash::kSha384,
       "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60"
       "D2EDF5",
       "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80"
       "FABE46",
       "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38"
       "628AC8"},
      {Curve::kP521, Hash::kSha512,
       "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6"
       "D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
       "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD"
       "152B534931D7D4E8455CC91F9B15BF05EC36E377FA",
       "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C3"
       "7FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A"},
  };
  for (const Vector& vector : vectors) {
    INFO(TraitsOf(vector.curve).name);
    const Pair pair =
        CurvePair(vector.curve, Good(ImportEcScalar(vector.curve, Hex(vector.secret), {})));
    const SignatureScheme scheme{vector.hash, {}};
    const Octets signature = Joined({Hex(vector.r), Hex(vector.s)});
    CheckVerifies(*pair.public_key, scheme, signature, Text("sample"));
    // Ours are random: of the right form, and verified by the same key.
    const auto mine = Sign(*pair.private_key, scheme, Text("sample"));
    REQUIRE(mine.has_value());
    CHECK(mine->size() == signature.size());
    CHECK(*mine != signature);
    CheckVerifies(*pair.public_key, scheme, *mine, Text("sample"));
  }
}

TEST_CASE("ECDSA: numbers out of range do not verify") {
  const Pair pair = CurvePair(Curve::kP256, Good(ImportEcScalar(Curve::kP256, Hex("07"), {})));
  const SignatureScheme scheme{Hash::kSha256, {}};
  const auto signature = Sign(*pair.private_key, scheme, Text("m"));
  REQUIRE(signature.has_value());
  const Octets r(signature->begin(), signature->begin() + 32);
  const Octets s(signature->begin() + 32, signature->end());
  const Octets order = Hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  for (const Octets& bad : {Octets(32, 0), order, Octets(32, 0xFF)}) {
    CHECK_FALSE(Verify(*pair.public_key, scheme, Joined({bad, s}), Text("m")));
    CHECK_FALSE(Verify(*pair.public_key, scheme, Joined({r, bad}), Text("m")));
  }
  CHECK_FALSE(Verify(*pair.public_key, scheme, Octets(64, 0), Text("m")));
}

TEST_CASE("ECDSA: r and s keep their leading zeros") {
  const Pair pair = CurvePair(Curve::kP256, Good(ImportEcScalar(Curve::kP256, Hex("09"), {})));
  const SignatureScheme scheme{Hash::kSha256, {}};
  bool short_number = false;
  // One signature in 128 has a number that begins with a zero octet.
  for (int i = 0; i < 4000 && !short_number; ++i) {
    const auto signature = Sign(*pair.private_key, scheme, Text("m"));
    REQUIRE(signature->size() == 64);
    if ((*signature)[0] != 0 && (*signature)[32] != 0) continue;
    short_number = true;
    CHECK(Verify(*pair.public_key, scheme, *signature, Text("m")));
  }
  CHECK(short_number);
}

TEST_CASE("RSASSA-PKCS1-v1_5: RFC 7515, appendix A.2") {
  const Pair pair = RsaPair(RfcRsaKey());
  const SignatureScheme scheme{Hash::kSha256, {}};
  const Octets message = Text(
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
      "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ");
  const Octets signature = Base64Url(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
      "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
      "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
      "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
  CHECK(Sign(*pair.private_key, scheme, message) == signature);
  CheckVerifies(*pair.public_key, scheme, signature, message);
  CHECK_FALSE(Verify(*pair.public_key, {Hash::kSha384, {}}, signature, message));
  CHECK_FALSE(Verify(*pair.public_key, {Hash::kSha256, 32}, signature, message));
}

TEST_CASE("RSA-PSS: salts of every length that fits") {
  const Pair pair = RsaPair(RfcRsaKey());
  // emLen - hLen - 2 octets are left for the salt.
  for (const uint32_t salt : {0u, 20u, 32u, 222u}) {
    INFO(salt);
    const SignatureScheme scheme{Hash::kSha256, salt};
    const auto signature = Sign(*pair.private_key, scheme, Text("message"));
    REQUIRE(signature.has_value());
    CheckVerifies(*pair.public_key, scheme, *signature, Text("message"));
    CHECK_FALSE(
        Verify(*pair.public_key, {Hash::kSha256, salt == 0 ? 1 : 0}, *signature, Text("message")));
    CHECK_FALSE(Verify(*pair.public_key, {Hash::kSha256, {}}, *signature, Text("message")));
    CHECK((Sign(*pair.private_key, scheme, Text("message")) == *signature) == (salt == 0));
  }
  for (const uint32_t salt : {223u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu}) {
    INFO(salt);
    CHECK_FALSE(Sign(*pair.private_key, {Hash::kSha256, salt}, Text("m")).has_value());
    CHECK_FALSE(Verify(*pair.public_key, {Hash::kSha256, salt}, Octets(256, 1), Text("m")));
  }
}

TEST_CASE("RSA: a key that is too short for the hash cannot sign") {
  constexpr uint8_t kF4[] = {1, 0, 1};
  const auto keys = GenerateRsaKey(512, kF4);
  REQUIRE(keys.has_value());
  const ParsedKey key({std::nullopt, true}, keys->private_key);
  CHECK(Sign(key, {Hash::kSha256, {}}, Text("m")).has_value());
  CHECK_FALSE(Sign(key, {Hash::kSha512, {}}, Text("m")).has_value());
  CHECK_FALSE(Sign(key, {Hash::kSha512, 0}, Text("m")).has_value());
}

TEST_CASE("Keys whose material is none sign and verify nothing") {
  for (const KeyForm form : {KeyForm{std::nullopt, true}, KeyForm{std::nullopt, false},
                             KeyForm{Curve::kP256, true}, KeyForm{Curve::kP256, false},
                             KeyForm{Curve::kEd25519, true}, KeyForm{Curve::kEd25519, false}}) {
    for (const size_t size : {size_t{0}, size_t{31}, size_t{65}, size_t{97}}) {
      const ParsedKey key(form, Octets(size, 0x41));
      const bool edwards = form.curve == Curve::kEd25519;
      const SignatureScheme scheme{edwards ? std::optional<Hash>() : Hash::kSha256, {}};
      CHECK(key.Get() == nullptr);
      CHECK_FALSE(Sign(key, scheme, Text("m")).has_value());
      CHECK_FALSE(Verify(key, scheme, Octets(64, 1), Text("m")));
    }
  }
}

TEST_CASE("A key may be used by several threads at once") {
  const auto material = GenerateCurveKey(Curve::kP256);
  REQUIRE(material.has_value());
  const Pair pair = CurvePair(Curve::kP256, *material);
  const SignatureScheme scheme{Hash::kSha256, {}};
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (int& count : good) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto signature = Sign(*pair.private_key, scheme, {});
        if (signature && Verify(*pair.public_key, scheme, *signature, {})) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == std::vector<int>(4, 20));
}

}  // namespace
}  // namespace nano::runtime
