// Those who ask with a token that the server does not know: how often they may try, and how much is
// logged of that.
//
// An address may be wrong ten times in a row and once a second from then on; beyond that nothing it
// sends is looked at, right tokens neither, so that nobody finds one by trying. What is counted
// comes in two lines a minute for an address, and ten for all.
//
// Owns a bounded number of counts. Thread: the loop's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace nano::server::admin {

class Strangers {
 public:
  static constexpr uint32_t kTries = 10;           // In a row.
  static constexpr uint64_t kTryMs = 1'000;        // Until there is another one.
  static constexpr uint64_t kQuietMs = 30'000;     // Between two lines of an address.
  static constexpr uint32_t kLinesPerMinute = 10;  // Of all addresses.
  static constexpr size_t kMostPeers = 4'096;

  // Whether a token of this peer is looked at. `peer` is an address with its port.
  bool MayTry(std::string_view peer, uint64_t now_ms);

  // The peer was refused: how many times since that was last logged, if it is to be logged now;
  // else 0.
  uint64_t Refused(std::string_view peer, uint64_t now_ms);

 private:
  struct Stranger {
    uint64_t tries_ms = 0;  // What is left of its tries, as time.
    uint64_t since_ms = 0;  // That this was so.
    uint64_t logged_ms = 0;
    bool was_logged = false;
    uint64_t unlogged = 0;
  };

  Stranger& Of(std::string_view peer, uint64_t now_ms);
  void MakeRoom();

  std::map<std::string, Stranger, std::less<>> strangers_;  // By network.
  uint64_t minute_ms_ = 0;
  uint32_t lines_ = 0;
};

}  // namespace nano::server::admin
