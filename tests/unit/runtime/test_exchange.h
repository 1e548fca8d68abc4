// An exchange whose client is the test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace nano::runtime::testing {

// A request and what was answered to it.
class TestExchange final : public http::Exchange {
 public:
  void ReadBody(bool whole) override { read_whole = whole, ++reads; }
  void Respond(const http::ResponseHead& head, std::string_view bytes) override {
    status = head.status;
    headers = head.headers;
    body = bytes;
    ended = true;
  }
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> body_length) override {
    status = head.status;
    headers = head.headers;
    length = body_length;
  }
  bool WriteBody(std::string_view part) override {
    body += part;
    return !congested;
  }
  bool TakesPiped() const override { return takes_piped; }
  bool WritePiped(net::Pipe& part) override {
    piped = &part;
    body += "(pipe)";
    return !congested;
  }
  void EndBody() override { ended = true; }
  void Fail() override { failed = ended = true; }

  std::string headers;
  std::string body;
  std::optional<uint64_t> length;
  bool ended = false;
  bool failed = false;
  bool congested = false;    // WriteBody and WritePiped return false.
  bool takes_piped = false;  // What TakesPiped says.
  net::Pipe* piped = nullptr;
  bool read_whole = false;
  int reads = 0;
};

}  // namespace nano::runtime::testing
