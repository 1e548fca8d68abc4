// nano-bench-origin PORT: the server that the apps under measurement call. Answers GET /json with
// some 200 bytes of JSON and GET /1mb with 2^20 bytes, both from memory, on connections that stay
// open; it reads no more of a request than its path, so that it costs little beside those who call.
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "bench/native/loopback.h"

namespace {

using namespace nano::bench;

constexpr std::string_view kJson =
    R"({"id":4711,"name":"a lamp","description":"stands on a desk and bends where one likes",)"
    R"("price":1299,"currency":"EUR","tags":["light","desk","metal"],)"
    R"("stock":{"berlin":12,"lyon":0,"turin":7},"listed":true})";

std::string Answer(std::string_view status, std::string_view type, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-type: " + std::string(type) +
         "\r\ncache-control: no-store\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

// The body is text whose lines differ, so that what lost a part of it can be told.
std::string Megabyte() {
  constexpr size_t kSize = 1 << 20;
  std::string text;
  for (int line = 0; text.size() < kSize; ++line) text += "line " + std::to_string(line) + "\n";
  text.resize(kSize);
  return text;
}

const std::string& AnswerTo(std::string_view request) {
  static const std::string json = Answer("200 OK", "application/json", kJson);
  static const std::string megabyte = Answer("200 OK", "text/plain;charset=UTF-8", Megabyte());
  static const std::string unknown = Answer("404 Not Found", "text/plain", "/json or /1mb\n");
  if (request.starts_with("GET /json ")) return json;
  if (request.starts_with("GET /1mb ")) return megabyte;
  return unknown;
}

struct Connection {
  int fd;
  std::string input;        // Of a request that has not ended.
  std::string_view rest{};  // Of the answer.
};

// Sends what the peer takes; false if there is no peer any more.
bool Send(Connection& connection) {
  while (!connection.rest.empty()) {
    const ssize_t sent =
        send(connection.fd, connection.rest.data(), connection.rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    connection.rest.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// Nobody sends a second request before it has the answer to the first.
bool Receive(Connection& connection) {
  static std::array<char, 16 * 1024> buffer;
  const ssize_t received = recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (received <= 0) return received < 0 && errno == EAGAIN;
  connection.input.append(buffer.data(), static_cast<size_t>(received));
  if (!connection.input.ends_with("\r\n\r\n")) return true;
  connection.rest = AnswerTo(connection.input);
  connection.input.clear();
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: nano-bench-origin PORT\n");
    return 2;
  }
  Poll poll;
  const int listener = Listen(argv[1]);
  poll.Add(listener, EPOLLIN, {.ptr = nullptr});
  for (;;) {
    for (const epoll_event& event : poll.Wait()) {
      if (event.data.ptr == nullptr) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        // Told of changes only: nothing needs to be asked for when an answer has to wait.
        if (accepted >= 0) {
          poll.Add(accepted, EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = new Connection{accepted, {}}});
        }
        continue;
      }
      auto* connection = static_cast<Connection*>(event.data.ptr);
      const bool open = (event.events & EPOLLIN) == 0 || Receive(*connection);
      if (!open || !Send(*connection)) {
        close(connection->fd);
        delete connection;
      }
    }
  }
}
