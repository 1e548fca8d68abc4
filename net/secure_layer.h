// What makes a connection secure (TLS, say), as a socket sees it: it turns bytes that arrived into
// plain ones, and plain ones into bytes to send. It knows no descriptor, no loop and no HTTP, so
// that it can be driven by anything, and is driven the same way on both sides of a connection.
//
// Bytes that it wants to send by itself (its part of the handshake, alerts, answers to key updates)
// it appends to `outgoing` of whatever call made them come up; the socket sends them. It never asks
// to be called again: what it lacks comes with the peer's next bytes.
//
// Owned by the socket. Thread: the loop's own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace nano::net {

class SecureLayer {
 public:
  enum class State : unsigned char {
    kHandshake,  // No plain bytes can be sent yet.
    kOpen,
    kEnded,   // The peer has said that it sends no more. Plain bytes can still be sent to it.
    kFailed,  // The peer broke the protocol or is not whom we want, or nothing can be sealed.
  };

  // Of the peer's bytes, a layer keeps fewer than this between two calls: a record that is not
  // complete. TLS 1.2 has the longest, of 18,437 bytes.
  static constexpr size_t kMostKept = 20 * 1024;

  virtual ~SecureLayer() = default;

  // Begins the handshake. A client has something to say first.
  virtual void Start(std::string& outgoing) = 0;

  // Takes all of `received`, and writes the plain bytes that are complete now to `plain`; returns
  // how many. They are never more than the bytes that brought them, so that the two may lie in one
  // buffer: `received` kMostKept behind the beginning of `plain`, and what has been taken of it is
  // overwritten as it goes. Whatever comes behind the peer's end, or a failure, is ignored.
  virtual size_t Open(std::string_view received, char* plain, std::string& outgoing) = 0;

  // Appends what carries `plain`: something, if `plain` is not empty, or else it has failed (its
  // keys may be worn out, say) and appends at most what tells the peer so. Not during the
  // handshake, nor after End.
  virtual void Seal(std::string_view plain, std::string& outgoing) = 0;

  // Tells the peer that no more will be sent. Nothing is said during the handshake or to one that
  // failed. Called once.
  virtual void End(std::string& outgoing) = 0;

  State state() const { return state_; }
  // Why it failed, in words: "the certificate has expired".
  const std::string& failure() const { return failure_; }

 protected:
  State state_ = State::kHandshake;
  std::string failure_;
};

// Makes the layer of a connection that was accepted.
using SecureLayerMaker = std::function<std::unique_ptr<SecureLayer>()>;

}  // namespace nano::net
