// nano-bench-gateway PORT ORIGIN-PORT CALLS PATH [PIPE]: for each request, whatever it is, calls
// PATH of the origin CALLS times in parallel on connections that stay open. One call's answer is
// passed on as it comes; of several, only the ends are waited for, and the answer is always the
// same. It reads no more than it must to know where answers end: what the system itself costs for
// calls, as nano-bench-bare shows it for requests. With PIPE, one call's answer is moved by
// splice(2) through a pipe of so many bytes, all but what came with its head.
#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <list>
#include <string>
#include <string_view>

#include "bench/native/loopback.h"

namespace {

using namespace nano::bench;

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "content-type: application/json\r\ncontent-length: 26\r\n\r\n{\"count\":10,\"total\":12990}\n";

struct Client;

// Either end of an epoll event.
struct Socket {
  int fd;
  Client* client;       // Whose it is; nullptr: the listener.
  size_t expected = 0;  // Of a call's answer, bytes that have not arrived.
};

struct Pipe {
  int out = -1;  // -1: bytes are received and sent.
  int in = -1;
  size_t held = 0;
};

struct Client {
  Socket socket;
  std::list<Socket> calls{};
  size_t waiting = 0;  // Calls without their whole answer.
  std::string rest{};  // Of what is passed on: the client does not take it now.
  Pipe pipe{};
  bool closed = false;
};

class Gateway {
 public:
  Gateway(Poll& poll, const char* origin, size_t calls, const std::string& path, int pipe)
      : poll_(poll),
        pipe_(pipe),
        origin_(origin),
        calls_(calls),
        request_("GET " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + origin + "\r\n\r\n") {}

  void Accept(int listener) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    auto* client = new Client{.socket = {.fd = fd, .client = nullptr}};
    client->socket.client = client;
    poll_.Add(fd, EPOLLIN, {.ptr = &client->socket});
    if (pipe_ > 0) {
      int ends[2];
      Require(pipe2(ends, O_NONBLOCK) == 0, "pipe2");
      Require(fcntl(ends[0], F_SETPIPE_SZ, pipe_) > 0, "F_SETPIPE_SZ");
      client->pipe = {.out = ends[0], .in = ends[1]};
    }
    for (size_t i = 0; i < calls_; ++i) {
      Socket& call = client->calls.emplace_back(Socket{.fd = Connect(origin_), .client = client});
      poll_.Add(call.fd, EPOLLIN, {.ptr = &call});
    }
  }

  void Ready(Socket& socket, uint32_t events) {
    Client& client = *socket.client;
    if (client.closed) return;
    if (&socket != &client.socket) return ReadAnswer(socket);
    if ((events & EPOLLOUT) != 0) return Continue(client);
    if (recv(socket.fd, input_.data(), input_.size(), 0) <= 0) return Close(client);
    for (Socket& call : client.calls) {
      Require(send(call.fd, request_.data(), request_.size(), MSG_NOSIGNAL) > 0, "send to origin");
    }
    client.waiting = calls_;
  }

 private:
  // The head is small and alone on its connection, so it arrives as a whole.
  static size_t LengthOf(std::string_view answer) {
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    const size_t end = answer.find("\r\n\r\n");
    const size_t field = answer.find(kLength);
    Require(field < end && end != answer.npos, "an answer's head");
    size_t body = 0;
    std::from_chars(answer.data() + field + kLength.size(), answer.data() + end, body);
    return end + 4 + body;
  }

  void ReadAnswer(Socket& call) {
    const bool moves = call.client->pipe.out >= 0;
    if (moves && call.expected > 0) return Move(call);
    // Of an answer that is moved, little more than its head.
    const size_t most = moves ? kHead : input_.size();
    const ssize_t received = recv(call.fd, input_.data(), most, 0);
    if (received <= 0) {
      Require(call.client->waiting == 0, "recv from origin");
      return Close(*call.client);
    }
    const std::string_view part(input_.data(), static_cast<size_t>(received));
    if (call.expected == 0) call.expected = LengthOf(part);
    call.expected -= part.size();
    if (call.expected == 0) --call.client->waiting;
    if (calls_ == 1) return Pass(*call.client, part);
    if (call.client->waiting == 0) Pass(*call.client, kAnswer);
  }

  void Pass(Client& client, std::string_view part) {
    const ssize_t sent = send(client.socket.fd, part.data(), part.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return Close(client);
    part.remove_prefix(sent < 0 ? 0 : static_cast<size_t>(sent));
    if (part.empty()) return;
    client.rest = part;
    Turn(client, EPOLLOUT, 0);
  }

  void Move(Socket& call) {
    Client& client = *call.client;
    const ssize_t moved = splice(call.fd, nullptr, client.pipe.in, nullptr, call.expected, kMove);
    if (moved < 0 && errno == EAGAIN) return;
    Require(moved > 0, "splice from origin");
    call.expected -= static_cast<size_t>(moved);
    client.pipe.held += static_cast<size_t>(moved);
    if (call.expected == 0) --client.waiting;
    if (Empty(client) && client.pipe.held > 0) Turn(client, EPOLLOUT, 0);
  }

  // Sends what the pipe holds; false if the client is gone.
  static bool Empty(Client& client) {
    const ssize_t moved =
        splice(client.pipe.out, nullptr, client.socket.fd, nullptr, client.pipe.held, kMove);
    if (moved < 0 && errno != EAGAIN) return Close(client), false;
    if (moved > 0) client.pipe.held -= static_cast<size_t>(moved);
    return true;
  }

  // The client takes something again.
  void Continue(Client& client) {
    if (client.pipe.held > 0) {
      if (Empty(client) && client.pipe.held == 0) Turn(client, EPOLLIN, EPOLLIN);
      return;
    }
    const ssize_t sent =
        send(client.socket.fd, client.rest.data(), client.rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN ? void() : Close(client);
    client.rest.erase(0, static_cast<size_t>(sent));
    if (client.rest.empty()) Turn(client, EPOLLIN, EPOLLIN);
  }

  void Turn(Client& client, uint32_t events, uint32_t events_of_calls) {
    poll_.Change(client.socket.fd, events, {.ptr = &client.socket});
    for (Socket& call : client.calls) poll_.Change(call.fd, events_of_calls, {.ptr = &call});
  }

  // Events of this turn may still name it, so it stays: clients come once for each measurement.
  static void Close(Client& client) {
    client.closed = true;
    close(client.socket.fd);
    if (client.pipe.out >= 0) {
      close(client.pipe.out);
      close(client.pipe.in);
    }
    for (Socket& call : client.calls) close(call.fd);
  }

  static constexpr size_t kHead = 4 * 1024;
  static constexpr unsigned kMove = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

  Poll& poll_;
  const int pipe_;
  const char* origin_;
  size_t calls_;
  std::string request_;
  std::array<char, 256 * 1024> input_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    std::fprintf(stderr, "usage: nano-bench-gateway PORT ORIGIN-PORT CALLS PATH [PIPE]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);  // What splice() cannot be told not to raise.
  Poll poll;
  Gateway gateway(poll, argv[2], static_cast<size_t>(std::atoi(argv[3])), argv[4],
                  argc == 6 ? std::atoi(argv[5]) : 0);
  Socket listener{.fd = Listen(argv[1]), .client = nullptr};
  poll.Add(listener.fd, EPOLLIN, {.ptr = &listener});
  for (;;) {
    for (const epoll_event& event : poll.Wait()) {
      Socket& socket = *static_cast<Socket*>(event.data.ptr);
      if (&socket == &listener) {
        gateway.Accept(listener.fd);
      } else {
        gateway.Ready(socket, event.events);
      }
    }
  }
}
