// A name server for tests, on the loop under test: answers from a table, or not at all, and counts
// what it is asked. Thread: the loop's own.
#pragma once

#include <arpa/inet.h>
#include <uv.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nano::net {

class NameServer {
 public:
  struct Record {
    std::vector<std::string> addresses;  // Of one family; empty: the name exists without any.
    uint32_t ttl = 60;
    int code = 0;  // 3: no such name, 2: server failure, 5: refused.
    bool silent = false;
  };

  explicit NameServer(uv_loop_t* loop) {
    uv_udp_init(loop, &socket_);
    socket_.data = this;
    sockaddr_in address{};
    uv_ip4_addr("127.0.0.1", 0, &address);
    REQUIRE(uv_udp_bind(&socket_, reinterpret_cast<sockaddr*>(&address), 0) == 0);
    uv_udp_recv_start(
        &socket_,
        [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
          auto* self = static_cast<NameServer*>(handle->data);
          *buffer = uv_buf_init(self->input_, sizeof self->input_);
        },
        [](uv_udp_t* socket, ssize_t size, const uv_buf_t* buffer, const sockaddr* from, unsigned) {
          if (size > 0 && from != nullptr) {
            static_cast<NameServer*>(socket->data)
                ->Answer({buffer->base, static_cast<size_t>(size)}, from);
          }
        });
  }
  void Close() { uv_close(reinterpret_cast<uv_handle_t*>(&socket_), nullptr); }

  // "127.0.0.1:4711", for Resolver::Settings::servers.
  std::string address() const {
    sockaddr_in bound{};
    int size = sizeof bound;
    uv_udp_getsockname(&socket_, reinterpret_cast<sockaddr*>(&bound), &size);
    return "127.0.0.1:" + std::to_string(ntohs(bound.sin_port));
  }

  std::map<std::string, Record> v4, v6;  // A name in neither does not exist.
  std::map<std::string, int> asked;      // By "name A" and "name AAAA".

 private:
  static constexpr uint8_t kA = 1;
  static constexpr uint8_t kAaaa = 28;
  static constexpr size_t kHeader = 12;

  void Answer(std::string_view question, const sockaddr* from) {
    std::string name;
    size_t at = kHeader;
    while (at < question.size() && question[at] != 0) {
      const auto length = static_cast<uint8_t>(question[at]);
      if (!name.empty()) name += '.';
      name += question.substr(at + 1, length);
      at += 1 + length;
    }
    const auto type = static_cast<uint8_t>(question[at + 2]);
    ++asked[name + (type == kA ? " A" : " AAAA")];
    const auto& table = type == kA ? v4 : v6;
    const auto found = table.find(name);
    Record record;
    if (found != table.end()) {
      record = found->second;
    } else if (!v4.contains(name) && !v6.contains(name)) {
      record.code = 3;
    }
    if (record.silent) return;

    std::string answer(question.substr(0, at + 5));
    answer[2] = static_cast<char>(0x81);                     // A response, recursion desired.
    answer[3] = static_cast<char>(0x80 | record.code);       // Recursion available.
    for (size_t i = 6; i < kHeader; ++i) answer[i] = 0;      // No records …
    answer[7] = static_cast<char>(record.addresses.size());  // … but these.
    for (const std::string& text : record.addresses) {
      const int family = type == kA ? AF_INET : AF_INET6;
      const uint8_t size = type == kA ? 4 : 16;
      char bytes[16];
      REQUIRE(inet_pton(family, text.c_str(), bytes) == 1);
      answer += std::string("\xc0\x0c\0", 3);
      answer += static_cast<char>(type);
      answer += std::string("\0\1", 2);
      for (int shift = 24; shift >= 0; shift -= 8) {
        answer += static_cast<char>(record.ttl >> shift);
      }
      answer += '\0';
      answer += static_cast<char>(size);
      answer.append(bytes, size);
    }
    const uv_buf_t out = uv_buf_init(answer.data(), static_cast<unsigned>(answer.size()));
    uv_udp_try_send(&socket_, &out, 1, from);
  }

  uv_udp_t socket_{};
  char input_[2048];
};

}  // namespace nano::net
