// Reading and writing SubjectPublicKeyInfo and PrivateKeyInfo.
#include "runtime/native/crypto/key_info.h"

#include <algorithm>
#include <optional>

#include "runtime/native/crypto/der.h"

namespace nano::runtime {
namespace {

std::optional<KeyAlgorithmId> ReadAlgorithm(der::Reader& reader) {
  const std::optional<Bytes> sequence = reader.Read(der::kSequence);
  if (!sequence) return std::nullopt;
  der::Reader fields(*sequence);
  const std::optional<Bytes> oid = fields.Read(der::kObjectIdentifier);
  if (!oid || oid->empty()) return std::nullopt;
  KeyAlgorithmId algorithm{*oid, {}};
  if (!fields.AtEnd()) {
    const std::optional<Bytes> parameters = fields.ReadAny();
    if (!parameters || !fields.AtEnd()) return std::nullopt;
    algorithm.parameters = *parameters;
  }
  return algorithm;
}

Octets WriteAlgorithm(const KeyAlgorithmId& algorithm) {
  return der::Write(der::kSequence,
                    {der::Write(der::kObjectIdentifier, {algorithm.oid}), algorithm.parameters});
}

Error Malformed(const char* structure) {
  return Error{std::string("The key data are not a well-formed ") + structure + ".", "", ""};
}

}  // namespace

Result<PublicKeyInfo> ParsePublicKeyInfo(Bytes spki) {
  der::Reader outer(spki);
  const std::optional<Bytes> sequence = outer.Read(der::kSequence);
  if (!sequence || !outer.AtEnd()) return Malformed("SubjectPublicKeyInfo");
  der::Reader fields(*sequence);
  const std::optional<KeyAlgorithmId> algorithm = ReadAlgorithm(fields);
  if (!algorithm) return Malformed("SubjectPublicKeyInfo");
  const std::optional<Bytes> key = fields.ReadBits();
  if (!key || !fields.AtEnd()) return Malformed("SubjectPublicKeyInfo");
  return PublicKeyInfo{*algorithm, *key};
}

Result<PrivateKeyInfo> ParsePrivateKeyInfo(Bytes pkcs8) {
  der::Reader outer(pkcs8);
  const std::optional<Bytes> sequence = outer.Read(der::kSequence);
  if (!sequence || !outer.AtEnd()) return Malformed("PrivateKeyInfo");
  der::Reader fields(*sequence);
  const std::optional<Bytes> version = fields.ReadUnsigned();
  // Zero is empty. RFC 5958 numbers keys that bring their public key 1.
  const bool version2 = version && version->size() == 1 && (*version)[0] == 1;
  if (!version || !(version->empty() || version2)) return Malformed("PrivateKeyInfo");
  const std::optional<KeyAlgorithmId> algorithm = ReadAlgorithm(fields);
  if (!algorithm) return Malformed("PrivateKeyInfo");
  const std::optional<Bytes> key = fields.Read(der::kOctetString);
  if (!key) return Malformed("PrivateKeyInfo");
  PrivateKeyInfo info{*algorithm, *key, {}};
  // Attributes say nothing about the key itself.
  if (fields.NextIs(der::kExplicit0) && !fields.Read(der::kExplicit0)) {
    return Malformed("PrivateKeyInfo");
  }
  if (version2 && fields.NextIs(der::kImplicit1)) {
    const std::optional<Bytes> bits = fields.Read(der::kImplicit1);
    if (!bits || bits->size() < 2 || (*bits)[0] != 0) return Malformed("PrivateKeyInfo");
    info.public_key = bits->subspan(1);
  }
  if (!fields.AtEnd()) return Malformed("PrivateKeyInfo");
  return info;
}

Octets WritePublicKeyInfo(const KeyAlgorithmId& algorithm, Bytes key) {
  return der::Write(der::kSequence, {WriteAlgorithm(algorithm), der::WriteBits(key)});
}

Octets WritePrivateKeyInfo(const KeyAlgorithmId& algorithm, Bytes key) {
  return der::Write(der::kSequence, {der::WriteUnsigned({}), WriteAlgorithm(algorithm),
                                     der::Write(der::kOctetString, {key})});
}

}  // namespace nano::runtime
