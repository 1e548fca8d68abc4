// One end of a connection between the store and a process that uses it: a pair of stream sockets.
//
// What is sent within a turn of the loop leaves together, at the turn's end. Owns its end of the
// socket. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"
#include "server/storage/frames.h"

namespace nano::server {

class StoreChannel {
 public:
  class Peer {
   public:
    // The channel may be destroyed meanwhile, in both.
    virtual void OnStoreMessage(StoreMessage message) = 0;
    // The other side is gone, or `error` says what is wrong with what it sent.
    virtual void OnStoreEnd(std::string_view error) = 0;
    // All that was to be sent is.
    virtual void OnStoreDrained() {}

   protected:
    ~Peer() = default;
  };

  // The two ends of a new one.
  static Result<std::pair<Descriptor, Descriptor>> MakeEnds();

  // `peer` outlives the channel.
  static Result<std::unique_ptr<StoreChannel>> Open(uv_loop_t* loop, Descriptor end, Peer& peer);
  StoreChannel(const StoreChannel&) = delete;
  StoreChannel& operator=(const StoreChannel&) = delete;

  void Send(StoreMessage message);
  // Bytes that were not sent yet.
  size_t waiting() const { return writer_.waiting(); }
  // Whether anything is read of what comes.
  void SetReading(bool reads);

 private:
  StoreChannel(uv_loop_t* loop, Descriptor end, Peer& peer);
  void OnReady(int events);
  void Receive();
  void Flush();
  void Watch();
  void End(std::string_view error);

  Descriptor end_;
  Peer& peer_;
  net::Prepare flush_;
  std::optional<net::Poll> poll_;
  FrameReader reader_;
  FrameWriter writer_;
  int watched_ = 0;
  bool flushes_ = false;  // At the turn's end.
  bool blocked_ = false;  // The socket takes no more.
  bool reads_ = true;
  bool ended_ = false;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();  // Gone with the channel.
};

}  // namespace nano::server
