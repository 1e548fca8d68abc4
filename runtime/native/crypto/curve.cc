// The curves' names, sizes and object identifiers.
#include "runtime/native/crypto/curve.h"

#include <openssl/obj_mac.h>

#include <array>

namespace nano::runtime {
namespace {

constexpr uint8_t kSecp256r1[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr uint8_t kSecp384r1[] = {0x2B, 0x81, 0x04, 0x00, 0x22};
constexpr uint8_t kSecp521r1[] = {0x2B, 0x81, 0x04, 0x00, 0x23};
// RFC 8410, section 3.
constexpr uint8_t kIdX25519[] = {0x2B, 0x65, 0x6E};
constexpr uint8_t kIdX448[] = {0x2B, 0x65, 0x6F};
constexpr uint8_t kIdEd25519[] = {0x2B, 0x65, 0x70};
constexpr uint8_t kIdEd448[] = {0x2B, 0x65, 0x71};

constexpr std::array<CurveTraits, kCurves> kTraits = {{
    {"P-256", "prime256v1", NID_X9_62_prime256v1, CurveKind::kNist, 32, 65, kSecp256r1},
    {"P-384", "secp384r1", NID_secp384r1, CurveKind::kNist, 48, 97, kSecp384r1},
    {"P-521", "secp521r1", NID_secp521r1, CurveKind::kNist, 66, 133, kSecp521r1},
    {"Ed25519", "ED25519", NID_ED25519, CurveKind::kEdwards, 32, 32, kIdEd25519},
    {"X25519", "X25519", NID_X25519, CurveKind::kMontgomery, 32, 32, kIdX25519},
    {"Ed448", "ED448", NID_ED448, CurveKind::kEdwards, 57, 57, kIdEd448},
    {"X448", "X448", NID_X448, CurveKind::kMontgomery, 56, 56, kIdX448},
}};

}  // namespace

const CurveTraits& TraitsOf(Curve curve) { return kTraits[static_cast<size_t>(curve)]; }

}  // namespace nano::runtime
