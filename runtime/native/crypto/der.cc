// Reading and writing DER.
#include "runtime/native/crypto/der.h"

#include <openssl/crypto.h>

namespace nano::runtime {

void Cleanse(void* memory, size_t size) { OPENSSL_cleanse(memory, size); }

namespace der {
namespace {

// Keys and signatures are far below this: 2^24 octets.
constexpr size_t kMostLengthOctets = 3;
constexpr uint8_t kLongForm = 0x80;
constexpr uint8_t kSign = 0x80;

Bytes WithoutLeadingZeros(Bytes magnitude) {
  while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  return magnitude;
}

void AppendHeader(Octets& out, uint8_t tag, size_t length) {
  out.push_back(tag);
  if (length < kLongForm) {
    out.push_back(static_cast<uint8_t>(length));
    return;
  }
  size_t octets = 1;
  while (length >> (8 * octets) != 0) ++octets;
  out.push_back(static_cast<uint8_t>(kLongForm | octets));
  while (octets-- > 0) out.push_back(static_cast<uint8_t>(length >> (8 * octets)));
}

}  // namespace

std::optional<Reader::Header> Reader::ReadHeader() const {
  if (rest_.size() < 2) return std::nullopt;
  // Tags above 30 take more octets; no structure here has any.
  if ((rest_[0] & 0x1F) == 0x1F) return std::nullopt;
  Header header{2, rest_[1]};
  if (header.length >= kLongForm) {
    // No octets would be the indefinite form, which is not DER.
    const size_t octets = header.length - kLongForm;
    if (octets == 0 || octets > kMostLengthOctets || rest_.size() < 2 + octets) return std::nullopt;
    header.contents += octets;
    header.length = 0;
    for (size_t i = 0; i < octets; ++i) header.length = header.length << 8 | rest_[2 + i];
    const bool shortest = header.length >= kLongForm && header.length >> (8 * (octets - 1)) != 0;
    if (!shortest) return std::nullopt;
  }
  if (header.length > rest_.size() - header.contents) return std::nullopt;
  return header;
}

std::optional<Bytes> Reader::Read(uint8_t tag) {
  if (!NextIs(tag)) return std::nullopt;
  const std::optional<Header> header = ReadHeader();
  if (!header) return std::nullopt;
  const Bytes contents = rest_.subspan(header->contents, header->length);
  rest_ = rest_.subspan(header->contents + header->length);
  return contents;
}

std::optional<Bytes> Reader::ReadAny() {
  const std::optional<Header> header = ReadHeader();
  if (!header) return std::nullopt;
  const size_t size = header->contents + header->length;
  const Bytes element = rest_.first(size);
  rest_ = rest_.subspan(size);
  return element;
}

std::optional<Bytes> Reader::ReadUnsigned() {
  const std::optional<Bytes> contents = Read(kInteger);
  if (!contents || contents->empty()) return std::nullopt;
  const uint8_t first = (*contents)[0];
  if (first & kSign) return std::nullopt;
  if (first != 0) return contents;
  // A leading zero keeps the next octet from being a sign; alone, it is the number zero.
  if (contents->size() > 1 && !((*contents)[1] & kSign)) return std::nullopt;
  return contents->subspan(1);
}

std::optional<Bytes> Reader::ReadBits() {
  const std::optional<Bytes> contents = Read(kBitString);
  // The first octet is the number of unused bits in the last one.
  if (!contents || contents->empty() || (*contents)[0] != 0) return std::nullopt;
  return contents->subspan(1);
}

Octets Write(uint8_t tag, std::initializer_list<Bytes> parts) {
  size_t length = 0;
  for (const Bytes part : parts) length += part.size();
  Octets out;
  out.reserve(2 + kMostLengthOctets + length);
  AppendHeader(out, tag, length);
  for (const Bytes part : parts) Append(out, part);
  return out;
}

Octets WriteUnsigned(Bytes magnitude) {
  static constexpr uint8_t kZero[] = {0};
  const Bytes significant = WithoutLeadingZeros(magnitude);
  const bool pad = significant.empty() || (significant[0] & kSign);
  return Write(kInteger, {pad ? Bytes(kZero) : Bytes(), significant});
}

Octets WriteBits(Bytes octets) {
  static constexpr uint8_t kNoUnusedBits[] = {0};
  return Write(kBitString, {kNoUnusedBits, octets});
}

}  // namespace der
}  // namespace nano::runtime
