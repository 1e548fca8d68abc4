// Ops of crypto.subtle: import, export and generation of keys on elliptic curves. Thread: the
// isolate's, and the jobs'.
#include <string>

#include "base/check.h"
#include "base/result.h"
#include "runtime/native/crypto/ec_key.h"
#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/okp_key.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_key.h"

namespace nano::runtime {
namespace {

// The numbers are those of KeyEncoding in runtime/web/host/subtle-ops.ts.
enum class Encoding { kSpki = 0, kPkcs8 = 1, kRaw = 2 };

using Imported = Result<Octets>;

Encoding EncodingArgument(v8::Local<v8::Value> number) {
  const uint32_t value = number.As<v8::Uint32>()->Value();
  NANO_CHECK(value <= static_cast<uint32_t>(Encoding::kRaw));
  return static_cast<Encoding>(value);
}

// The material, or what is wrong with the key data as a string.
v8::Local<v8::Value> MaterialOrReason(v8::Isolate* isolate, const Imported& imported) {
  if (!imported.ok()) return OneByteString(isolate, imported.error().message);
  return ToUint8Array(isolate, *imported);
}

struct ImportWork {
  Curve curve = Curve::kP256;
  Encoding encoding = Encoding::kSpki;
  WorkInput data;
  std::optional<Imported> imported;

  bool Own() { return data.Own(); }
  bool Run() {
    imported = Import();
    return true;
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return MaterialOrReason(isolate, *imported); }

  Imported Import() const {
    const bool nist = IsNist(curve);
    switch (encoding) {
      case Encoding::kSpki:
        return nist ? ImportEcPublicKeyInfo(curve, data.span())
                    : ImportOkpPublicKeyInfo(curve, data.span());
      case Encoding::kPkcs8:
        return nist ? ImportEcPrivateKeyInfo(curve, data.span())
                    : ImportOkpPrivateKeyInfo(curve, data.span());
      case Encoding::kRaw:
        break;
    }
    return nist ? ImportEcPoint(curve, data.span()) : ImportOkpPublicKey(curve, data.span());
  }
};

// importCurveKey(curve, encoding, data)
void ImportCurveKeyOp(Arguments info) {
  ImportWork work{.curve = CurveArgument(info[0]),
                  .encoding = EncodingArgument(info[1]),
                  .data = WorkInput(info[2])};
  // A private key's import computes its public key.
  const Cost cost = work.encoding == Encoding::kPkcs8
                        ? CostOfMultiplication(info.GetIsolate(), work.curve)
                        : Cost::kSmall;
  RunWork(info, std::move(work), cost);
}

struct ImportSecretWork {
  Curve curve = Curve::kP256;
  WorkInput secret;
  WorkInput public_key;
  std::optional<Imported> imported;

  bool Own() { return secret.Own() && public_key.Own(); }
  bool Run() {
    imported = IsNist(curve) ? ImportEcScalar(curve, secret.span(), public_key.span())
                             : ImportOkpPrivateKey(curve, secret.span(), public_key.span());
    return true;
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return MaterialOrReason(isolate, *imported); }
};

// importCurveSecret(curve, secret, publicKey)
void ImportCurveSecretOp(Arguments info) {
  ImportSecretWork work{.curve = CurveArgument(info[0]),
                        .secret = WorkInput(info[1]),
                        .public_key = WorkInput(info[2])};
  const Cost cost = CostOfMultiplication(info.GetIsolate(), work.curve);
  RunWork(info, std::move(work), cost);
}

// exportCurveKey(curve, encoding, material)
void ExportCurveKeyOp(Arguments info) {
  const Curve curve = CurveArgument(info[0]);
  const bool nist = IsNist(curve);
  const WorkInput material(info[2]);
  const bool is_public = EncodingArgument(info[1]) == Encoding::kSpki;
  const Octets exported = is_public ? (nist ? ExportEcPublicKeyInfo(curve, material.span())
                                            : ExportOkpPublicKeyInfo(curve, material.span()))
                                    : (nist ? ExportEcPrivateKeyInfo(curve, material.span())
                                            : ExportOkpPrivateKeyInfo(curve, material.span()));
  info.GetReturnValue().Set(ToArrayBuffer(info.GetIsolate(), exported));
}

struct GenerateWork {
  Curve curve = Curve::kP256;
  std::optional<Octets> material;

  bool Own() { return true; }
  bool Run() {
    material = GenerateCurveKey(curve);
    return material.has_value();
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return ToUint8Array(isolate, *material); }
};

// generateCurveKey(curve)
void GenerateCurveKeyOp(Arguments info) {
  RunWork(info, GenerateWork{.curve = CurveArgument(info[0])}, Cost::kLarge);
}

constexpr Op kOps[] = {
    {"importCurveKey", ImportCurveKeyOp},
    {"importCurveSecret", ImportCurveSecretOp},
    {"exportCurveKey", ExportCurveKeyOp},
    {"generateCurveKey", GenerateCurveKeyOp},
};

}  // namespace

std::span<const Op> SubtleCurveOps() { return kOps; }

}  // namespace nano::runtime
