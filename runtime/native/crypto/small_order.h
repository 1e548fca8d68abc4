// Points of small order on the curves of EdDSA. Without V8. Thread: any.
#pragma once

#include "runtime/native/crypto/curve.h"

namespace nano::runtime {

// Whether this is the encoding (RFC 8032), canonical or not, of a point whose order divides the
// cofactor of the curve. Not in constant time: points are public.
bool IsSmallOrderPoint(Curve curve, Bytes point);

}  // namespace nano::runtime
