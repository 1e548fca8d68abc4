// Who gets what of a response's body, and what an exchange's body becomes.
#include "runtime/outbound/outgoing_call.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "runtime/native/compression/content_decoder.h"

namespace nano::runtime {
namespace {

// Of CPU time that this thread has taken.
uint64_t ThreadNanoseconds() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<uint64_t>(at.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(at.tv_nsec);
}

// How much comes out of a decoder at once. The piece is made on the stack.
constexpr size_t kPieceSize = 64 * 1024;
using Piece = std::array<char, kPieceSize>;

}  // namespace

OutgoingCall::OutgoingCall(Listener& listener) : listener_(listener) {}
OutgoingCall::~OutgoingCall() = default;

Result<void> OutgoingCall::Start(OutboundPort& port, std::string_view service,
                                 const http::CallRequest& request) {
  call_ = TRY(port.Start(request, service, *this));
  return {};
}

void OutgoingCall::OnHead(const http::CallResponse& response) {
  length_ = response.length;
  listener_.OnHead(*this, response);
}

Result<void> OutgoingCall::Decode(std::string_view codings) {
  decoder_ = TRY(ContentDecoder::Create(codings));
  return {};
}

void OutgoingCall::Read(Amount amount) {
  amount_ = amount;
  if (runs_by_itself()) companion.reset();
  Pull();
}

void OutgoingCall::Forward(http::Exchange& exchange) {
  forward_ = &exchange;
  companion.reset();
  Pull();
}

void OutgoingCall::OnForwardDrained() { Pull(); }

void OutgoingCall::Pull() {
  pulls_.Next([this] { PullOnce(); });
}

void OutgoingCall::PullOnce() {
  if (decoder_has_more_) {
    DecodePiece([this](Piece& piece) { return decoder_->Next(piece); });
  } else if (finishing_) {
    End();
  } else if (forward_ != nullptr && decoder_ == nullptr && forward_->TakesPiped()) {
    call_->ReadPiped();
  } else {
    call_->Read();
  }
}

void OutgoingCall::OnPiped(net::Pipe& part) {
  if (forward_->WritePiped(part)) Pull();
}

void OutgoingCall::OnBody(std::string_view part) {
  if (decoder_ == nullptr) return Give(part);
  DecodePiece([&](Piece& piece) { return decoder_->Write(part, piece); });
}

void OutgoingCall::OnEnd() {
  if (decoder_ == nullptr) return End();
  finishing_ = true;
  DecodePiece([this](Piece& piece) { return decoder_->Finish(piece); });
}

// Mostly no turn of the isolate's, whose time would be seen.
template <typename Step>
void OutgoingCall::DecodePiece(Step step) {
  Piece piece;
  const uint64_t begin = ThreadNanoseconds();
  const std::optional<size_t> size = step(piece);
  if (!listener_.OnDecoded(*this, ThreadNanoseconds() - begin)) return;
  GivePiece(size, piece);
}

void OutgoingCall::GivePiece(std::optional<size_t> size, std::span<const char> piece) {
  if (!size) {
    return Fail({http::FailureKind::kProtocol, "ERR_CONTENT_DECODING",
                 "the response's body cannot be decoded: " + decoder_->failure().problem});
  }
  decoder_has_more_ = *size > 0;
  if (*size > 0) return Give({piece.data(), *size});
  Pull();
}

void OutgoingCall::Give(std::string_view part) {
  if (forward_ != nullptr) {
    if (forward_->WriteBody(part)) Pull();
    return;
  }
  const bool last = decoder_ == nullptr && call_->AtEnd();
  if (amount_ == Amount::kPart) return listener_.OnBody(*this, part, last);
  if (last && whole_.empty()) return listener_.OnBody(*this, part, true);
  if (whole_.size() + part.size() > kLargestWhole) {
    return Fail({http::FailureKind::kLimit, "ERR_BODY_TOO_LARGE",
                 "the response's body is larger than 512 MiB; read its stream instead"});
  }
  if (!MakeRoom(whole_.size() + part.size())) return;
  whole_.insert(whole_.end(), part.begin(), part.end());
  Pull();
}

// False: the call may be gone.
bool OutgoingCall::MakeRoom(size_t size) {
  const size_t now = whole_.capacity();
  if (size <= now) return true;
  const size_t more = std::max(size, now + now / 4) - now;
  if (!listener_.OnKept(*this, more)) return false;
  whole_.reserve(now + more);
  return true;
}

void OutgoingCall::End() {
  if (forward_ != nullptr) return listener_.OnForwarded(*this, nullptr);
  const std::vector<char> whole = std::move(whole_);
  kept.reset();  // The copy that the app gets is counted by itself.
  listener_.OnBody(*this, {whole.data(), whole.size()}, true);
}

void OutgoingCall::Fail(const http::Failure& failure) {
  if (forward_ != nullptr) return listener_.OnForwarded(*this, &failure);
  listener_.OnFailed(*this, failure);
}

void OutgoingCall::OnFailed(const http::Failure& failure) { Fail(failure); }

void OutgoingCall::OnDrained() {
  if (upload_ != nullptr) return PullUpload();
  listener_.OnDrained(*this);
}

void OutgoingCall::Upload(http::Exchange& exchange) {
  upload_ = &exchange;
  if (call_->Ready()) PullUpload();
}

void OutgoingCall::PullUpload() {
  upload_pulls_.Next([this] { upload_->ReadBody(/*whole=*/false); });
}

void OutgoingCall::OnUpload(std::string_view part, bool last) {
  const bool room = part.empty() || call_->Write(part);
  if (last) {
    upload_ = nullptr;
    call_->EndRequest();
  } else if (room) {
    PullUpload();
  }
}

void OutgoingCall::OnUploadFailed(std::string_view reason) {
  Fail({http::FailureKind::kReset, "ERR_REQUEST_BODY",
        "the body that was to be sent on broke off: " + std::string(reason)});
}

}  // namespace nano::runtime
