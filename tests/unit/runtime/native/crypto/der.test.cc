// DER: what the reader takes and gives, what it refuses, and that the writer writes what it takes.
#include <catch2/catch.hpp>
#include <optional>

#include "runtime/native/crypto/der.h"
#include "runtime/native/crypto/key_info.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::Hex;
using testing::Joined;
using testing::Refused;

std::optional<Octets> Owned(const std::optional<Bytes>& bytes) {
  if (!bytes) return std::nullopt;
  return ToOctets(*bytes);
}

std::optional<Octets> ReadOctetString(std::string_view hex) {
  const Octets input = Hex(hex);
  der::Reader reader(input);
  const std::optional<Octets> contents = Owned(reader.Read(der::kOctetString));
  if (contents) CHECK(reader.AtEnd());
  return contents;
}

std::optional<Octets> ReadUnsigned(std::string_view hex) {
  const Octets input = Hex(hex);
  der::Reader reader(input);
  return Owned(reader.ReadUnsigned());
}

TEST_CASE("DER: lengths have exactly one encoding") {
  CHECK(ReadOctetString("04 00") == Hex(""));
  CHECK(ReadOctetString("04 02 abcd") == Hex("abcd"));
  const Octets long_contents(200, 0x55);
  const Octets long_element = Joined({Hex("04 81 c8"), long_contents});
  der::Reader reader(long_element);
  CHECK(Owned(reader.Read(der::kOctetString)) == long_contents);
  for (const char* hex : {
           "", "04",
           "04 03 abcd",           // Shorter than it says.
           "04 81 02 abcd",        // The short form would do.
           "04 82 00 02 abcd",     // A leading zero.
           "04 80 abcd 00 00",     // Indefinite: BER.
           "04 84 00 00 00 02 ab"  // Longer lengths than any key's.
           "04 ff",
           "05 02 abcd",  // Another type.
       }) {
    INFO(hex);
    CHECK(ReadOctetString(hex) == std::nullopt);
  }
}

TEST_CASE("DER: integers are minimal and not negative") {
  CHECK(ReadUnsigned("02 01 00") == Hex(""));
  CHECK(ReadUnsigned("02 01 7f") == Hex("7f"));
  CHECK(ReadUnsigned("02 02 0080") == Hex("80"));
  CHECK(ReadUnsigned("02 03 010001") == Hex("010001"));
  for (const char* hex : {"02 00", "02 01 80", "02 02 007f", "02 02 0000", "02 02 ff7f"}) {
    INFO(hex);
    CHECK(ReadUnsigned(hex) == std::nullopt);
  }
}

TEST_CASE("DER: bit strings are of whole octets") {
  const auto read = [](std::string_view hex) {
    const Octets input = Hex(hex);
    der::Reader reader(input);
    return Owned(reader.ReadBits());
  };
  CHECK(read("03 01 00") == Hex(""));
  CHECK(read("03 03 00 abcd") == Hex("abcd"));
  CHECK(read("03 00") == std::nullopt);
  CHECK(read("03 02 04 a0") == std::nullopt);
}

TEST_CASE("DER: what is written is what is read") {
  CHECK(der::WriteUnsigned({}) == Hex("02 01 00"));
  CHECK(der::WriteUnsigned(Hex("0000")) == Hex("02 01 00"));
  CHECK(der::WriteUnsigned(Hex("00 7f")) == Hex("02 01 7f"));
  CHECK(der::WriteUnsigned(Hex("80")) == Hex("02 02 00 80"));
  for (const size_t size : {0, 1, 127, 128, 255, 256, 65535, 65536}) {
    const Octets contents(size, 0xA5);
    const Octets written = der::Write(der::kOctetString, {contents});
    der::Reader reader(written);
    CHECK(Owned(reader.Read(der::kOctetString)) == contents);
    CHECK(reader.AtEnd());
    der::Reader whole(written);
    CHECK(Owned(whole.ReadAny()) == written);
  }
}

constexpr char kSpki[] = "302a 3005 0603 2b6570 0321 00";

TEST_CASE("SubjectPublicKeyInfo: nothing before, between and after") {
  const Octets key(32, 7);
  const Octets good = Joined({Hex(kSpki), key});
  const Result<PublicKeyInfo> info = ParsePublicKeyInfo(good);
  REQUIRE(info.ok());
  CHECK(ToOctets(info->algorithm.oid) == Hex("2b6570"));
  CHECK(info->algorithm.parameters.empty());
  CHECK(ToOctets(info->key) == key);
  CHECK(WritePublicKeyInfo(info->algorithm, info->key) == good);

  CHECK(Refused(ParsePublicKeyInfo({})) ==
        "The key data are not a well-formed SubjectPublicKeyInfo.");
  CHECK_FALSE(ParsePublicKeyInfo(Joined({good, Hex("00")})).ok());
  for (size_t size = 0; size < good.size(); ++size) {
    INFO("cut to " << size);
    CHECK_FALSE(ParsePublicKeyInfo(Bytes(good).first(size)).ok());
  }
}

TEST_CASE("PrivateKeyInfo: versions, attributes and public keys") {
  const auto parse = [](std::string_view hex) {
    static Octets input;  // What the result shows.
    input = Hex(hex);
    return ParsePrivateKeyInfo(input);
  };
  // Version 0, an empty OID's parameters, a key of two octets.
  REQUIRE(parse("300e 020100 3005 06032b6570 0402 abcd").ok());
  CHECK(ToOctets(parse("300e 020100 3005 06032b6570 0402 abcd")->key) == Hex("abcd"));
  // Attributes are skipped.
  CHECK(parse("3012 020100 3005 06032b6570 0402 abcd a002 3000").ok());
  // RFC 5958: version 1 may bring the public key.
  const Result<PrivateKeyInfo> version2 =
      parse("3013 020101 3005 06032b6570 0402 abcd 8103 00 1234");
  REQUIRE(version2.ok());
  CHECK(ToOctets(version2->public_key) == Hex("1234"));

  CHECK_FALSE(
      parse("3013 020100 3005 06032b6570 0402 abcd 8103 00 1234").ok());  // Not in version 0.
  CHECK_FALSE(parse("3013 020101 3005 06032b6570 0402 abcd 8103 01 1234").ok());  // Unused bits.
  CHECK_FALSE(parse("300e 020102 3005 06032b6570 0402 abcd").ok());               // Version 2.
  CHECK_FALSE(parse("300f 02020100 3005 06032b6570 0402 abcd").ok());             // Version 256.
  CHECK_FALSE(parse("300e 020100 3005 04032b6570 0402 abcd").ok());               // No OID.
  CHECK_FALSE(parse("300b 020100 3002 0600 0402 abcd").ok());                     // An empty OID.
  CHECK_FALSE(parse("3010 020100 3007 06032b6570 0500 0302 abcd").ok());  // No OCTET STRING.
  CHECK_FALSE(parse("3010 020100 3005 06032b6570 0402 abcd 0500").ok());  // Something else.
}

}  // namespace
}  // namespace nano::runtime
