// A secure layer for tests, with all that makes real ones hard and nothing that makes them secure:
// frames that arrive in pieces, a handshake of three messages, bytes that do not look like what
// they carry, an end that is told, and alerts. Thread: the loop's own.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/secure_layer.h"

namespace nano::net::testing {

// A frame: kind, size of the text (two bytes), the text xor its place in the stream, and the sum of
// its bytes.
class ToySecureLayer final : public SecureLayer {
 public:
  enum class Side { kClient, kServer };

  // What becomes of a layer that has sealed all it can.
  enum class Worn { kFails, kSealsNothing };

  // `sealable`: so many plain bytes, and none of a call that would make it more.
  explicit ToySecureLayer(Side side, size_t sealable = SIZE_MAX, Worn worn = Worn::kFails)
      : side_(side), sealable_(sealable), worn_(worn) {}

  void Start(std::string& outgoing) override {
    if (side_ == Side::kClient) Put(kHello, "client", outgoing);
  }

  size_t Open(std::string_view received, char* plain, std::string& outgoing) override {
    size_t opened = 0;
    for (const char c : received) {  // By bytes, since `plain` may grow over what is behind.
      if (state_ == State::kEnded || state_ == State::kFailed) break;
      if (kept_.empty() && std::string_view("HFDEA").find(c) == std::string_view::npos) {
        Fail("there are no such frames", outgoing);
        break;
      }
      kept_ += c;
      if (kept_.size() < kHead || kept_.size() < kHead + TextSize() + 1) continue;
      opened += OnFrame(plain + opened, outgoing);
      kept_.clear();
    }
    CHECK(kept_.size() < kMostKept);
    return opened;
  }

  void Seal(std::string_view plain, std::string& outgoing) override {
    CHECK((state_ == State::kOpen || state_ == State::kEnded));
    CHECK_FALSE(ended_);
    if (plain.size() > sealable_) {
      if (worn_ == Worn::kFails) Fail("its keys are worn out", outgoing);
      return;
    }
    sealable_ -= plain.size();
    for (; !plain.empty(); plain.remove_prefix(std::min(plain.size(), kLongest))) {
      Put(kData, plain.substr(0, kLongest), outgoing);
    }
  }

  void End(std::string& outgoing) override {
    CHECK((state_ == State::kOpen || state_ == State::kEnded));
    CHECK_FALSE(ended_);
    ended_ = true;
    Put(kEnd, "", outgoing);
  }

 private:
  enum Kind : char { kHello = 'H', kFinished = 'F', kData = 'D', kEnd = 'E', kAlert = 'A' };

  static constexpr size_t kHead = 3;
  static constexpr size_t kLongest = 16'000;

  static char Mask(uint64_t at) { return static_cast<char>(0x55 + at * 7); }

  size_t TextSize() const {
    return static_cast<unsigned char>(kept_[1]) * size_t{256} +
           static_cast<unsigned char>(kept_[2]);
  }

  void Put(Kind kind, std::string_view text, std::string& outgoing) {
    outgoing += kind;
    outgoing += static_cast<char>(text.size() >> 8);
    outgoing += static_cast<char>(text.size());
    char sum = 0;
    for (const char c : text) {
      outgoing += static_cast<char>(c ^ Mask(sent_++));
      sum = static_cast<char>(sum + c);
    }
    outgoing += sum;
  }

  size_t OnFrame(char* plain, std::string& outgoing) {
    std::string text;
    char sum = 0;
    for (size_t i = 0; i < TextSize(); ++i) {
      text += static_cast<char>(kept_[kHead + i] ^ Mask(received_++));
      sum = static_cast<char>(sum + text.back());
    }
    const char kind = kept_[0];
    if (sum != kept_.back()) return Fail("the sum is wrong", outgoing);
    if (kind == kAlert) {
      state_ = State::kFailed;
      failure_ = "the peer says: " + text;
    } else if (kind == kHello && state_ == State::kHandshake) {
      if (side_ == Side::kServer) {
        Put(kHello, "server", outgoing);
      } else {
        Put(kFinished, "", outgoing);
        state_ = State::kOpen;
      }
    } else if (kind == kFinished && side_ == Side::kServer && state_ == State::kHandshake) {
      state_ = State::kOpen;
    } else if (kind == kEnd && state_ == State::kOpen) {
      state_ = State::kEnded;
    } else if (kind == kData && state_ == State::kOpen) {
      text.copy(plain, text.size());
      return text.size();
    } else {
      return Fail("a frame is out of place", outgoing);
    }
    return 0;
  }

  size_t Fail(const char* why, std::string& outgoing) {
    state_ = State::kFailed;
    failure_ = why;
    Put(kAlert, why, outgoing);
    return 0;
  }

  const Side side_;
  size_t sealable_;
  const Worn worn_;
  std::string kept_;  // Of a frame that is not complete.
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  bool ended_ = false;
};

// What a peer would do with the layer, by hand: bytes in, bytes out.
class ToyPeer {
 public:
  explicit ToyPeer(ToySecureLayer::Side side) : layer_(side) { layer_.Start(outgoing); }

  // Bytes that came from the other side.
  void Take(std::string_view bytes) {
    std::string plain(bytes.size() + SecureLayer::kMostKept, '\0');
    plain.resize(layer_.Open(bytes, plain.data(), outgoing));
    received += plain;
  }
  void Send(std::string_view plain) { layer_.Seal(plain, outgoing); }
  void End() { layer_.End(outgoing); }

  const SecureLayer& layer() const { return layer_; }

  std::string outgoing;  // Bytes for the other side; whoever sends them takes them away.
  std::string received;  // Plain.

 private:
  ToySecureLayer layer_;
};

}  // namespace nano::net::testing
