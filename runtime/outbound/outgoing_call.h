// A call that an app has made: reads its response as the app asks for it, in parts or whole,
// decoded or as it came; or moves bodies between it and the exchange with the app's own client,
// without the app.
//
// Owned by the isolate's table of calls until its end has been told. Owns the http::Call. Knows no
// V8. Thread: the isolate's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/call.h"
#include "http/exchange.h"
#include "runtime/embedder/outbound.h"
#include "runtime/outbound/step_loop.h"

namespace nano::runtime {

class ContentDecoder;

class OutgoingCall final : private http::Caller {
 public:
  // The isolate. Each call may destroy the OutgoingCall that it is about.
  class Listener {
   public:
    virtual void OnHead(OutgoingCall& call, const http::CallResponse& response) = 0;
    // In answer to Read: a part, or what there is of the whole; `last`: it is the end.
    virtual void OnBody(OutgoingCall& call, std::string_view part, bool last) = 0;
    // It keeps `bytes` more, of a body that is to be told whole. False: it must not; then it is
    // left as it is, if it is still there.
    virtual bool OnKept(OutgoingCall& call, size_t bytes) = 0;
    // To decode some of it took this thread so many nanoseconds of CPU time. False as above.
    virtual bool OnDecoded(OutgoingCall& call, uint64_t nanoseconds) = 0;
    // It came to nothing, or its body broke off. The call's end.
    virtual void OnFailed(OutgoingCall& call, const http::Failure& failure) = 0;
    // The request's stream may go on, after Write has returned false.
    virtual void OnDrained(OutgoingCall& call) = 0;
    // The body was passed on to its exchange, whose end has to be brought about, or broke off. The
    // call's end.
    virtual void OnForwarded(OutgoingCall& call, const http::Failure* failure) = 0;

   protected:
    ~Listener() = default;
  };

  // What the listener keeps with a call.
  class Companion {
   public:
    virtual ~Companion() = default;
  };

  explicit OutgoingCall(Listener& listener);
  ~OutgoingCall();
  OutgoingCall(const OutgoingCall&) = delete;
  OutgoingCall& operator=(const OutgoingCall&) = delete;

  // Once, first of all. An Error as the port's.
  Result<void> Start(OutboundPort& port, std::string_view service,
                     const http::CallRequest& request);

  // The request's stream, as http::Call has it.
  bool Ready() { return call_->Ready(); }
  bool Write(std::string_view part) { return call_->Write(part); }
  void EndRequest() { call_->EndRequest(); }
  // The body of the exchange's request becomes that of the call's, which was begun as a stream.
  void Upload(http::Exchange& exchange);
  // In answer to what Upload asks the exchange for.
  void OnUpload(std::string_view part, bool last);
  // The exchange has ended, or its body has broken off. The call fails.
  void OnUploadFailed(std::string_view reason);

  // By the value of Content-Encoding, before anything is read. An Error: it cannot be done.
  Result<void> Decode(std::string_view codings);
  // As runtime/web/host/ops.ts numbers them; kText is kWhole but for its listener.
  enum class Amount : uint8_t { kPart = 0, kWhole = 1, kText = 2 };
  // Listener::OnBody or OnFailed comes, maybe before this returns.
  void Read(Amount amount);
  // The rest of the body becomes that of the exchange's response, which has been begun.
  void Forward(http::Exchange& exchange);
  // The exchange takes more.
  void OnForwardDrained();

  bool decodes() const { return decoder_ != nullptr; }
  // Of the body as the app reads it, or as it is forwarded; unknown if it is decoded.
  std::optional<uint64_t> length() const { return decoder_ ? std::nullopt : length_; }
  // All that comes is asked for, or goes elsewhere: nobody has to hold the response.
  bool runs_by_itself() const { return amount_ != Amount::kPart || forward_ != nullptr; }
  Amount amount() const { return amount_; }

  uint32_t id = 0;                 // Its number in JS.
  uint32_t upload_exchange = 0;    // The number of the exchange whose body is sent on; 0: none.
  uint32_t download_exchange = 0;  // That of the one whose response has this body; 0: none.
  std::unique_ptr<Companion> companion;  // Until it runs by itself.
  std::unique_ptr<Companion> kept;       // While it keeps what was told by OnKept.
  std::unique_ptr<Companion> reader;     // Who is told by OnDecoded.

 private:
  static constexpr size_t kLargestWhole = size_t{512} * 1024 * 1024;

  void Pull();
  void PullOnce();
  template <typename Step>
  void DecodePiece(Step step);
  void GivePiece(std::optional<size_t> size, std::span<const char> piece);
  void Give(std::string_view part);
  bool MakeRoom(size_t size);
  void End();
  void Fail(const http::Failure& failure);
  void PullUpload();

  // http::Caller
  void OnHead(const http::CallResponse& response) override;
  void OnBody(std::string_view part) override;
  void OnPiped(net::Pipe& part) override;
  void OnEnd() override;
  void OnFailed(const http::Failure& failure) override;
  void OnDrained() override;

  Listener& listener_;
  std::unique_ptr<http::Call> call_;
  std::optional<uint64_t> length_;
  Amount amount_ = Amount::kPart;  // What was asked for last.
  std::vector<char> whole_;        // Not a string, which may reserve more than it is told to.
  std::unique_ptr<ContentDecoder> decoder_;
  bool decoder_has_more_ = false;
  bool finishing_ = false;  // The decoder has had all input.
  http::Exchange* forward_ = nullptr;
  http::Exchange* upload_ = nullptr;
  StepLoop pulls_;         // Of the response's body.
  StepLoop upload_pulls_;  // Of the exchange's.
};

}  // namespace nano::runtime
