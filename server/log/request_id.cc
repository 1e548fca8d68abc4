// Names by counting from a random number. See request_id.h.
#include "server/log/request_id.h"

#include <cstdint>
#include <random>

namespace nano::server {
namespace {

// Neighbours in time shall not look alike: the counter's bits are mixed (a bijection of 64 bits).
uint64_t Mixed(uint64_t number) {
  number ^= number >> 33;
  number *= 0xff51afd7ed558ccdULL;
  number ^= number >> 33;
  number *= 0xc4ceb9fe1a85ec53ULL;
  return number ^ (number >> 33);
}

uint64_t Next() {
  // Seeded in the process that asks first, which is no parent of another that asks.
  static uint64_t next = [] {
    std::random_device random;
    return (uint64_t{random()} << 32) | random();
  }();
  uint64_t id = 0;
  while (id == 0) id = Mixed(next++);
  return id;
}

std::string Text(uint64_t id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = text.size(); i-- > 0; id >>= 4) text[i] = kDigits[id & 15];
  return text;
}

}  // namespace

std::string RequestIdOf(http::Exchange& exchange) {
  if (exchange.request_id == 0) exchange.request_id = Next();
  return Text(exchange.request_id);
}

std::string NewRequestId() { return Text(Next()); }

}  // namespace nano::server
