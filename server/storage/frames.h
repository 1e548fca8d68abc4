// Messages between the store and those who use it, in frames of a stream.
//
// A message has the number of its call, which comes back with the answer; the service that it is
// for; a scope, which says on whose behalf (grants.h); and a body that is the service's alone. What
// is short is one frame; what is long goes in pieces, one long message at a time, between which
// short ones pass it. Both sides are of one program, so that frames have no version.
//
// Owns what is under way. What comes in is not trusted: a worker runs strangers' code. Thread: any
// one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "base/result.h"

namespace nano::server {

// What the store does, each by files of its own: its messages (storage/), its part of the store's
// process (NAME_service.h), its ops in the runtime.
enum class StoreService : uint8_t {
  kKv = 1,
  kCache = 2,
};

// What becomes of a call: its answer, or why there is none.
using StoreDone = std::function<void(const Result<std::string_view>& answer)>;

// Both ways. More than a value with its key and metadata; far more than a list.
inline constexpr size_t kMaxStoreMessage = size_t{32} << 20;

struct StoreMessage {
  uint32_t call = 0;
  uint32_t scope = 0;
  StoreService service = StoreService::kKv;
  // Counted, since who asks keeps it until it was answered.
  std::shared_ptr<const std::string> body;
};

// What is to be sent, as bytes.
class FrameWriter {
 public:
  static constexpr size_t kPiece = size_t{64} << 10;

  // A body of kMaxStoreMessage bytes at most.
  void Add(StoreMessage message);
  // What is to be sent next; empty: there is nothing. Valid until anything else is called.
  std::string_view Next();
  void Sent(size_t bytes);
  bool empty() const { return waiting_ == 0; }
  // Bytes of bodies and frames that were not sent.
  size_t waiting() const { return waiting_; }

 private:
  struct Long {
    StoreMessage message;
    size_t sent = 0;  // Put into frames.
  };

  std::string short_;  // Frames that come next …
  std::deque<Long> long_;
  std::string out_;  // … behind these, of which some may be sent.
  size_t sent_ = 0;
  size_t waiting_ = 0;
};

// From bytes, as they come, to messages.
class FrameReader {
 public:
  using OnMessage = FunctionRef<bool(StoreMessage)>;

  // `on_message` says whether to go on: this may be gone. Fails on what no FrameWriter has written.
  Result<void> Feed(std::string_view bytes, OnMessage on_message);

 private:
  Result<std::optional<StoreMessage>> TakeFrame(std::string_view frame);

  std::string rest_;  // The beginning of a frame.
  std::optional<StoreMessage> long_;
  std::shared_ptr<std::string> long_body_;
  size_t long_total_ = 0;
};

}  // namespace nano::server
