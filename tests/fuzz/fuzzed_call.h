// A call of a fuzzed client: does with it what callers may do, also from within its own events and
// those of others, and checks that it is told what it was promised. Thread: the program's only one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "http/call.h"
#include "http/client/pool.h"
#include "tests/fuzz/scripted_peer.h"

namespace nano::fuzz {

class FuzzedCall;

// All calls of one input.
class FuzzedCalls {
 public:
  static constexpr size_t kMost = 64;  // Each has a tag of its own.

  FuzzedCalls(http::Pool& pool, const ScriptedPeer& peer, std::deque<PeerCall>& known,
              uint32_t random_seed);
  ~FuzzedCalls();
  FuzzedCalls(const FuzzedCalls&) = delete;
  FuzzedCalls& operator=(const FuzzedCalls&) = delete;

  // Starts one of a kind that a byte says, if there may be more.
  void Start(uint8_t kind);
  FuzzedCall* At(size_t index) { return calls_.empty() ? nullptr : &calls_[index % calls_.size()]; }
  // Does what callers do from within an event, or does nothing.
  void React();
  // Asks for all that is left of bodies, and ends requests.
  void FinishAll();
  bool AllOver() const;
  void GiveUpAll();

 private:
  http::Pool& pool_;
  const ScriptedPeer& peer_;
  std::deque<PeerCall>& known_;
  std::minstd_rand random_;
  std::deque<FuzzedCall> calls_;
};

class FuzzedCall final : public http::Caller {
 public:
  // Of a kind: method and body, how the response is read, and which server is asked.
  FuzzedCall(FuzzedCalls& calls, PeerCall& known, size_t number, uint8_t kind);
  void Begin(http::Pool& pool, uint16_t port);
  FuzzedCall(const FuzzedCall&) = delete;
  FuzzedCall& operator=(const FuzzedCall&) = delete;

  void GiveUp();
  void Read();
  void Write(size_t size);
  void EndRequest();
  void Finish();
  bool over() const { return call_ == nullptr || ended_ || failed_; }

 private:
  void OnHead(const http::CallResponse& response) override;
  void OnBody(std::string_view part) override;
  void OnPiped(net::Pipe& part) override;
  void OnEnd() override;
  void OnFailed(const http::Failure& failure) override;
  void OnDrained() override;

  void CheckOurs(std::string_view text) const;
  // The last thing that an event does: the call may be gone then.
  void React();

  FuzzedCalls& calls_;
  PeerCall& known_;
  const size_t number_;
  const uint8_t kind_;
  std::unique_ptr<http::Call> call_;
  bool starting_ = true;
  bool reads_all_;
  uint64_t owed_ = 0;  // Of a stream with a length.
  bool request_ended_ = false;
  bool asked_ = false;  // For a part of the body, and has not got it …
  bool piped_ = false;  // … which may come in a pipe.
  bool head_told_ = false, ended_ = false, failed_ = false, has_body_ = false;
  std::optional<uint64_t> length_;
  uint64_t received_ = 0;
};

}  // namespace nano::fuzz
