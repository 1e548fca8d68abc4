// Tests of requests' names: what is one, and what is not.
#include "http/request_name.h"

#include <catch2/catch.hpp>

namespace nano::http {
namespace {

TEST_CASE("a request's name is the number of its exchange, and anything else is none") {
  CHECK(RequestIdFrom("00ab00000000cdef") == 0x00ab'0000'0000'cdef);
  CHECK(RequestIdFrom("ffffffffffffffff") == UINT64_MAX);
  for (const char* other : {"", "xyz", "12 ", " 12", "0x12", "-1", "1ffffffffffffffff"}) {
    CAPTURE(other);
    CHECK(RequestIdFrom(other) == 0);
  }
}

}  // namespace
}  // namespace nano::http
