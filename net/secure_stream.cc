// The order of receiving, opening, sealing and sending.
#include "net/secure_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "net/system_calls.h"

namespace nano::net {

using State = SecureLayer::State;

SecureStream::SecureStream(int fd, std::unique_ptr<SecureLayer> layer, BufferPool& pool)
    : fd_(fd), layer_(std::move(layer)), pool_(pool) {
  layer_->Start(outgoing());
  FlushLayer();
}

SecureStream::SecureStream(std::unique_ptr<SecureStream> below, std::unique_ptr<SecureLayer> layer,
                           BufferPool& pool)
    : below_(std::move(below)), layer_(std::move(layer)), pool_(pool) {
  NANO_CHECK(!below_->handshaking() && !below_->ended_ && below_->sealed_ == 0);
  layer_->Start(outgoing());
  FlushLayer();
}

SecureStream::~SecureStream() { pool_.Give(outgoing_); }

std::string& SecureStream::outgoing() {
  if (outgoing_.empty()) outgoing_ = pool_.Take();
  return outgoing_;
}

ssize_t SecureStream::ReceiveBelow(std::span<char> into) {
  return below_ ? below_->Read(into) : net::Receive(fd_, into.data(), into.size());
}

ssize_t SecureStream::SendBelow(std::string_view bytes) {
  if (!below_) return Send(fd_, bytes);
  return below_->ended_ ? -EPIPE : below_->Write(bytes, {});
}

// Reads what is below, once, and has it opened. Returns the number of plain bytes.
// `size`: of the buffer, which is filled as SecureLayer::Open describes.
size_t SecureStream::Receive(char* plain, size_t size) {
  NANO_CHECK(size > SecureLayer::kMostKept);
  char* const raw = plain + SecureLayer::kMostKept;
  const ssize_t received = ReceiveBelow({raw, size - SecureLayer::kMostKept});
  if (received == -EAGAIN) return 0;
  if (received <= 0) {
    error_ = received == 0 ? -ECONNRESET : static_cast<int>(received);
    return 0;
  }
  const size_t opened = layer_->Open({raw, static_cast<size_t>(received)}, plain, outgoing());
  FlushLayer();
  return opened;
}

// In this order, so that the peer learns why.
void SecureStream::FlushLayer() {
  Flush();
  if (layer_->state() == State::kFailed && error_ == 0) error_ = -EPROTO;
}

void SecureStream::ReceiveEarly() {
  char buffer[SecureLayer::kMostKept + kEarlyRead];
  const size_t opened = Receive(buffer, sizeof buffer);
  early_.append(buffer, opened);
}

void SecureStream::ContinueHandshake() {
  do {
    ReceiveEarly();
    // The descriptor does not tell of what the stream below holds.
  } while (handshaking() && below_ && below_->holds_input());
}

ssize_t SecureStream::Read(std::span<char> into) {
  // Little room is what the handshake of a stream above has.
  if (early_.empty() && !at_end() && into.size() <= SecureLayer::kMostKept) ReceiveEarly();
  if (!early_.empty()) {
    const size_t size = std::min(into.size(), early_.size());
    std::memcpy(into.data(), early_.data(), size);
    early_.erase(0, size);
    return static_cast<ssize_t>(size);
  }
  if (!at_end() && into.size() > SecureLayer::kMostKept) {
    const size_t opened = Receive(into.data(), into.size());
    if (opened > 0) return static_cast<ssize_t>(opened);
  }
  if (!at_end()) return -EAGAIN;
  end_told_ = true;
  return error_;
}

ssize_t SecureStream::Discard() {
  if (!early_.empty()) return static_cast<ssize_t>(std::exchange(early_, {}).size());
  if (!at_end()) return below_ ? below_->Discard() : net::Discard(fd_);
  end_told_ = true;
  return error_;
}

// The plain bytes from `begin` to `end` of both parts together.
void SecureStream::Seal(std::string_view first, std::string_view second, size_t begin, size_t end) {
  if (begin < first.size()) layer_->Seal(first.substr(begin, end - begin), outgoing());
  if (end <= first.size()) return;
  begin = std::max(begin, first.size());
  layer_->Seal(second.substr(begin - first.size(), end - begin), outgoing());
}

ssize_t SecureStream::Write(std::string_view first, std::string_view second) {
  if (handshaking()) return -EAGAIN;
  NANO_CHECK(!ended_);
  Flush();
  if (error_ != 0) return error_;
  if (holds_output()) return -EAGAIN;
  const size_t total = first.size() + second.size();
  size_t taken = std::exchange(sealed_, 0);
  NANO_CHECK(taken <= total);
  while (taken < total) {
    const size_t end = std::min(total, taken + kSealAtOnce);
    Seal(first, second, taken, end);
    const bool sealed = holds_output();
    FlushLayer();
    if (!sealed && error_ == 0) error_ = -EPROTO;  // Else bytes would count that are nowhere.
    if (error_ != 0) return error_;
    if (holds_output()) {
      sealed_ = end - taken;
      break;
    }
    taken = end;
  }
  return taken > 0 ? static_cast<ssize_t>(taken) : -EAGAIN;
}

void SecureStream::Flush() {
  if (below_) below_->Flush();
  while (holds_output() && error_ == 0) {
    const ssize_t sent = SendBelow(std::string_view(outgoing_).substr(outgoing_at_));
    if (sent == -EAGAIN) return;
    if (sent < 0) {
      error_ = static_cast<int>(sent);
    } else {
      outgoing_at_ += static_cast<size_t>(sent);
      sent_ += static_cast<uint64_t>(sent);
    }
  }
  pool_.Give(outgoing_);
  outgoing_at_ = 0;
  if (!std::exchange(shuts_down_, false)) return;
  if (below_) {
    below_->EndWriting();
  } else {
    shutdown(fd_, SHUT_WR);
  }
}

bool SecureStream::EndWriting() {
  SayGoodbye();
  if (error_ != 0) return false;
  shuts_down_ = true;
  Flush();
  return true;
}

void SecureStream::SayGoodbye() {
  if (!ended_ && error_ == 0 && !handshaking()) {
    ended_ = true;
    layer_->End(outgoing());
    FlushLayer();
  }
  // The one below goes on until all that is above has gone.
  if (below_ && !holds_output()) below_->SayGoodbye();
}

}  // namespace nano::net
