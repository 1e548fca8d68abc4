// The Distinguished Encoding Rules of ASN.1 (X.690), as far as keys and signatures need them.
// Strict: what is not the one encoding of its value is refused. Without V8. Thread: any.
#pragma once

#include <initializer_list>
#include <optional>

#include "runtime/native/crypto/octets.h"

namespace nano::runtime::der {

enum Tag : uint8_t {
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kObjectIdentifier = 0x06,
  kSequence = 0x30,
  // [0] and [1], primitive and constructed.
  kImplicit1 = 0x81,
  kExplicit0 = 0xA0,
  kExplicit1 = 0xA1,
};

// Reads elements one after the other. What it gives are views of the input. After a failure, what
// the reader stands at is not defined.
class Reader {
 public:
  explicit Reader(Bytes input) : rest_(input) {}

  bool AtEnd() const { return rest_.empty(); }
  // Whether another element follows, of this type as far as its tag tells.
  bool NextIs(uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }

  // The contents of the next element, if it is of this type and complete.
  std::optional<Bytes> Read(uint8_t tag);
  // The next element whole, of whichever type.
  std::optional<Bytes> ReadAny();
  // The magnitude of an INTEGER, big-endian without leading zeros (zero is empty); negative ones
  // and longer encodings than needed are refused.
  std::optional<Bytes> ReadUnsigned();
  // The contents of a BIT STRING of whole octets.
  std::optional<Bytes> ReadBits();

 private:
  struct Header {
    size_t contents;  // Where they begin.
    size_t length;    // How many octets they are.
  };
  std::optional<Header> ReadHeader() const;

  Bytes rest_;
};

// One element: its contents are the parts given, in order.
Octets Write(uint8_t tag, std::initializer_list<Bytes> parts);
// An INTEGER with this magnitude, which may have leading zeros.
Octets WriteUnsigned(Bytes magnitude);
// A BIT STRING of whole octets.
Octets WriteBits(Bytes octets);

}  // namespace nano::runtime::der
