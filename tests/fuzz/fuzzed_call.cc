// What callers do, and what they may rely on.
#include "tests/fuzz/fuzzed_call.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/client/pool.h"
#include "http/client/pooled_call.h"
#include "net/pipe.h"

namespace nano::fuzz {
namespace {

constexpr uint64_t kStreamLength = 10;

}  // namespace

FuzzedCalls::FuzzedCalls(http::Pool& pool, const ScriptedPeer& peer, std::deque<PeerCall>& known,
                         uint32_t random_seed)
    : pool_(pool), peer_(peer), known_(known), random_(random_seed) {}

FuzzedCalls::~FuzzedCalls() { GiveUpAll(); }

void FuzzedCalls::Start(uint8_t kind) {
  if (calls_.size() >= kMost) return;
  PeerCall& known = known_.emplace_back();
  FuzzedCall& call = calls_.emplace_back(*this, known, calls_.size(), kind);
  call.Begin(pool_, peer_.port(kind / 128));
}

void FuzzedCalls::React() {
  switch (random_() % 16) {
    case 0:
    case 1:
      return At(random_())->GiveUp();
    case 2:
      return Start(static_cast<uint8_t>(random_()));
    case 3:
      return At(random_())->Read();
    case 4:
      return At(random_())->Write(random_() % 8);
    case 5:
      return At(random_())->EndRequest();
    default:
      return;
  }
}

void FuzzedCalls::FinishAll() {
  for (size_t i = 0; i < calls_.size(); ++i) calls_[i].Finish();
}

bool FuzzedCalls::AllOver() const {
  return std::all_of(calls_.begin(), calls_.end(),
                     [](const FuzzedCall& call) { return call.over(); });
}

void FuzzedCalls::GiveUpAll() {
  for (FuzzedCall& call : calls_) call.GiveUp();
}

FuzzedCall::FuzzedCall(FuzzedCalls& calls, PeerCall& known, size_t number, uint8_t kind)
    : calls_(calls), known_(known), number_(number), kind_(kind), reads_all_((kind & 8) == 0) {}

void FuzzedCall::Begin(http::Pool& pool, uint16_t port) {
  known_.tag = static_cast<char>(0x80 + number_);
  const std::string body(kind_ % 64, known_.tag);
  const std::string target = "/" + std::to_string(number_);
  http::CallRequest request;
  request.authority = "peer.test";
  request.target = target;
  request.headers = "x-a: b\r\n";
  std::string framing;
  switch (kind_ % 8) {
    default:
      request.method = "GET";
      break;
    case 1:
      request.method = "HEAD";
      break;
    case 2:
      request.method = "POST";
      request.body_kind = http::CallRequest::Body::kWhole;
      request.body = body;
      known_.body_length = body.size();
      framing = "content-length: " + std::to_string(body.size()) + "\r\n";
      break;
    case 3:
      request.method = "PUT";
      request.body_kind = http::CallRequest::Body::kStream;
      known_.chunked = known_.streamed = true;
      framing = "transfer-encoding: chunked\r\n";
      break;
    case 4:
      request.method = "PATCH";
      request.body_kind = http::CallRequest::Body::kStream;
      request.length = known_.body_length = owed_ = kStreamLength;
      known_.streamed = true;
      framing = "content-length: " + std::to_string(kStreamLength) + "\r\n";
      break;
  }
  known_.head = std::string(request.method) + " " + target +
                " HTTP/1.1\r\nhost: peer.test\r\nx-a: b\r\n" + framing + "\r\n";
  call_ = std::make_unique<http::PooledCall>(pool, http::Route{false, "127.0.0.1", port, nullptr},
                                             request, *this);
  starting_ = false;
}

void FuzzedCall::GiveUp() {
  if (call_ == nullptr) return;
  // A connection on which nothing was answered is of no use for another.
  if (!over() && known_.answered == 0) known_.lets_line_go = true;
  call_.reset();
}

void FuzzedCall::Read() {
  if (call_ == nullptr || over() || !head_told_ || asked_) return;
  asked_ = true;
  // As who passes it on, of some kinds and at times.
  piped_ = (kind_ & 16) != 0 && received_ % 3 != 2;
  piped_ ? call_->ReadPiped() : call_->Read();
}

void FuzzedCall::Write(size_t size) {
  if (call_ == nullptr || over() || !known_.streamed || request_ended_ || !call_->Ready()) return;
  if (!known_.chunked) size = std::min<uint64_t>(size, owed_);
  if (size == 0) return;
  owed_ -= std::min<uint64_t>(owed_, size);
  call_->Write(std::string(size, known_.tag));
}

void FuzzedCall::EndRequest() {
  if (call_ == nullptr || over() || !known_.streamed || request_ended_ || !call_->Ready()) return;
  Write(owed_);
  if (owed_ > 0 || call_ == nullptr || over()) return;
  request_ended_ = true;
  call_->EndRequest();
}

void FuzzedCall::Finish() {
  reads_all_ = true;
  EndRequest();
  Read();
}

void FuzzedCall::CheckOurs(std::string_view text) const {
  for (const char c : text) NANO_CHECK(static_cast<unsigned char>(c) < 0x80 || c == known_.tag);
}

void FuzzedCall::React() {
  calls_.React();
  if (reads_all_) Read();
}

void FuzzedCall::OnHead(const http::CallResponse& response) {
  NANO_CHECK(!starting_ && !over() && !std::exchange(head_told_, true));
  NANO_CHECK(response.status >= 200 && response.status <= 999);
  CheckOurs(response.status_text);
  CheckOurs(response.headers);
  has_body_ = response.has_body;
  length_ = response.length;
  NANO_CHECK(!has_body_ || kind_ % 8 != 1);
  React();
}

void FuzzedCall::OnBody(std::string_view part) {
  NANO_CHECK(!over() && has_body_ && std::exchange(asked_, false) && !part.empty());
  CheckOurs(part);
  received_ += part.size();
  NANO_CHECK(!length_ || received_ <= *length_);
  React();
}

// What it leaves in the pipe is lost to it, and must not come to others.
void FuzzedCall::OnPiped(net::Pipe& part) {
  NANO_CHECK(piped_ && part.held() > 0);
  if (part.held() % 7 == 3) return GiveUp();
  std::string bytes(part.held(), '\0');
  NANO_CHECK(part.Read(bytes) == bytes.size() && part.held() == 0);
  OnBody(bytes);
}

void FuzzedCall::OnEnd() {
  NANO_CHECK(!over() && std::exchange(asked_, false));
  NANO_CHECK(!length_ || received_ == *length_);
  ended_ = true;
  React();
}

void FuzzedCall::OnFailed(const http::Failure& failure) {
  NANO_CHECK(!starting_ && !over());
  NANO_CHECK(!head_told_ || std::exchange(asked_, false));
  NANO_CHECK(!failure.code.empty() && !failure.message.empty());
  failed_ = true;
  known_.lets_line_go = true;
  React();
}

void FuzzedCall::OnDrained() {
  NANO_CHECK(!starting_ && !over());
  if (reads_all_) Write(3);
  React();
}

}  // namespace nano::fuzz
