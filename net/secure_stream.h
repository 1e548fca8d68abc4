// Plain bytes over a descriptor that a secure layer stands in front of: what a Socket does by
// system calls when it is plain.
//
// The difficulty is that taken, sealed and sent are three things. Plain bytes count as written when
// the system has taken the last byte that carries them, and not before: what was sealed and waits
// here is still the writer's, who offers it again and is told then that it went. So whoever waits
// for its output to be gone, limits it or watches its progress needs to know nothing of all this.
//
// A stream may stand over another one instead of the descriptor: TLS within TLS, as with a proxy
// that is spoken to by TLS and has made a tunnel. Nothing above sees a difference.
//
// Owns the layer and the stream below, and buffers borrowed from the pool while there is something
// in them. Thread: the loop's own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/buffer_pool.h"
#include "net/secure_layer.h"

namespace nano::net {

class SecureStream {
 public:
  // Begins the handshake. The descriptor stays the caller's, and may still be connecting.
  SecureStream(int fd, std::unique_ptr<SecureLayer> layer, BufferPool& pool);
  // The same over a stream whose handshake is over, with nothing under way on it.
  SecureStream(std::unique_ptr<SecureStream> below, std::unique_ptr<SecureLayer> layer,
               BufferPool& pool);
  ~SecureStream();
  SecureStream(const SecureStream&) = delete;
  SecureStream& operator=(const SecureStream&) = delete;

  // While this is so, nothing can be read or written, and the handshake is to be continued whenever
  // the descriptor is readable.
  bool handshaking() const {
    return error_ == 0 && layer_->state() == SecureLayer::State::kHandshake;
  }
  void ContinueHandshake();

  // As Socket's. What Write did not take is to be offered again by the next call, first; where it
  // lies does not matter. The peer's end without notice is -ECONNRESET, since somebody may have cut
  // the stream; a layer that failed is -EPROTO.
  ssize_t Read(std::span<char> into);
  ssize_t Discard();
  ssize_t Write(std::string_view first, std::string_view second);
  bool EndWriting();
  // Says what is to be said before the descriptor is closed, as far as the system takes it.
  void SayGoodbye();

  // Bytes wait for the descriptor to be writable; then Flush is to be called.
  bool sending() const { return holds_output() || (below_ && below_->sending()); }
  void Flush();
  // A read gets somewhere, though the descriptor may never be readable again.
  bool holds_input() const {
    return !early_.empty() || (at_end() && !end_told_) || (below_ && below_->holds_input());
  }
  // Bytes that the system has taken, in all.
  uint64_t sent() const { return below_ ? below_->sent() : sent_; }
  const std::string& failure() const {
    return layer_->failure().empty() && below_ ? below_->failure() : layer_->failure();
  }

 private:
  static constexpr size_t kEarlyRead = 4096;        // For one system call.
  static constexpr size_t kSealAtOnce = 64 * 1024;  // Plain bytes for one system call.

  // What is below: the other stream, or the descriptor.
  ssize_t ReceiveBelow(std::span<char> into);
  ssize_t SendBelow(std::string_view bytes);

  bool holds_output() const { return outgoing_at_ < outgoing_.size(); }
  bool at_end() const { return error_ != 0 || layer_->state() == SecureLayer::State::kEnded; }
  std::string& outgoing();
  size_t Receive(char* plain, size_t size);
  void ReceiveEarly();
  // Sends what the layer has appended, and takes note if it has failed.
  void FlushLayer();
  void Seal(std::string_view first, std::string_view second, size_t begin, size_t end);

  const int fd_ = -1;
  const std::unique_ptr<SecureStream> below_;  // Null: the descriptor is.
  const std::unique_ptr<SecureLayer> layer_;
  BufferPool& pool_;
  std::string outgoing_;    // To be sent …
  size_t outgoing_at_ = 0;  // … of which this much has gone.
  size_t sealed_ = 0;       // Plain bytes in it that Write has not said to be taken.
  std::string early_;       // Plain bytes that came when there was no room for them.
  uint64_t sent_ = 0;
  int error_ = 0;            // A negative errno, once nothing goes any more.
  bool end_told_ = false;    // Read has told the end, or the error.
  bool ended_ = false;       // The layer has said our end …
  bool shuts_down_ = false;  // … and the descriptor's follows when that is sent.
};

}  // namespace nano::net
