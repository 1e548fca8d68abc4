// A channel between the supervisor and one worker: packets with a kind, bytes and maybe a
// descriptor, in both directions, each whole and in order.
//
// Packets are those of packet.h. Nobody waits for the other side: what the socket does not take is
// kept and sent as it does.
//
// Owns its end of the socket. What comes in is not trusted: a worker runs strangers' code. Thread:
// the loop's own.
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"
#include "server/control/packet.h"

namespace nano::server {

class Channel {
 public:
  static constexpr size_t kMaxBody = kMaxPacketBody;

  class Peer {
   public:
    // A packet came. The channel may be destroyed meanwhile.
    virtual void OnPacket(Packet packet) = 0;
    // Nothing comes any more: the other side is gone, or `error` says what is wrong with what it
    // sent. The channel may be destroyed meanwhile.
    virtual void OnChannelEnd(std::string_view error) = 0;

   protected:
    ~Peer() = default;
  };

  // The two ends of a new channel.
  static Result<std::pair<Descriptor, Descriptor>> MakeEnds();

  // `end` is one of MakeEnds. `peer` outlives the channel.
  static Result<std::unique_ptr<Channel>> Open(uv_loop_t* loop, Descriptor end, Peer& peer);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Sends a packet; of `descriptor` (negative: none) a copy goes. Fails if the body is larger than
  // kMaxBody, or the system has no memory or descriptors for it; nothing was sent then. To a side
  // that is gone nothing is sent.
  Result<void> Send(uint8_t kind, std::string_view body, int descriptor = -1);

  // What was sent and the socket has not taken yet: packets, and the bytes of their bodies.
  struct Waiting {
    size_t packets = 0;
    uint64_t bytes = 0;
  };
  Waiting waiting() const { return {.packets = queue_.size(), .bytes = waiting_bytes_}; }

  // Takes what has come, or the first that comes within so many milliseconds, without the loop.
  // False: there was nothing, or nothing comes any more. The channel may be destroyed meanwhile.
  bool ReceiveWithin(int milliseconds);

 private:
  struct Outgoing {
    OutgoingPacket packet;
    Descriptor descriptor;  // Or none.
    size_t bytes = 0;       // Of the body.
  };

  Channel(Descriptor end, Peer& peer);
  void OnReady(int events);
  void Receive();
  void Flush();
  bool Deliver(const Outgoing& outgoing);
  void End(std::string_view error);

  Descriptor end_;
  Peer& peer_;
  std::optional<net::Poll> poll_;
  std::deque<Outgoing> queue_;
  uint64_t waiting_bytes_ = 0;
  bool ended_ = false;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();  // Gone with the channel.
};

}  // namespace nano::server
