// A server of Redis that does not do what it should: who asks is told, in time, and nothing piles
// up.
#include "storage/kv/redis_namespace.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "tests/unit/local_listener.h"

namespace nano::kv {
namespace {

// One that answers each command it is sent with what `reply` gives; "" for silence. Replies that
// are long go byte by byte, if there is a `pause` after each.
class FakeServer {
 public:
  using ReplyTo = std::function<std::string(const std::string& command)>;

  explicit FakeServer(ReplyTo reply, std::chrono::milliseconds pause = {})
      : reply_(std::move(reply)), pause_(pause) {
    signal(SIGPIPE, SIG_IGN);
    accepts_ = std::thread([this] { Accept(); });
  }
  ~FakeServer() {
    shutdown(listening_.socket.get(), SHUT_RDWR);
    accepts_.join();
    for (const Descriptor& one : connections_) shutdown(one.get(), SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  redis::Address address() const { return {.host = "127.0.0.1", .port = listening_.port}; }
  int accepted() const { return accepted_; }

 private:
  void Accept() {
    for (;;) {
      Descriptor end(accept4(listening_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (end.get() < 0) return;
      ++accepted_;
      threads_.emplace_back([this, file = end.get()] { Serve(file); });
      connections_.push_back(std::move(end));
    }
  }
  // Commands are lists of texts (the protocol's "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n").
  void Serve(int file) {
    std::string bytes;
    char part[65536];
    for (ssize_t got; (got = read(file, part, sizeof part)) > 0;) {
      bytes.append(part, static_cast<size_t>(got));
      for (std::string command; Take(bytes, command);) {
        std::string_view reply = command;
        const std::string text = reply_(command);
        const bool is_slow = pause_.count() != 0 && text.size() >= 50;
        for (reply = text; !reply.empty();) {
          const ssize_t sent = send(file, reply.data(), is_slow ? 1 : reply.size(), MSG_NOSIGNAL);
          if (is_slow) std::this_thread::sleep_for(pause_);
          if (sent <= 0) return;
          reply.remove_prefix(static_cast<size_t>(sent));
        }
      }
    }
  }
  static bool Take(std::string& bytes, std::string& command) {
    size_t at = 0;
    const auto number = [&](char kind) {
      const size_t end = bytes.find("\r\n", at);
      if (end == std::string::npos || bytes[at] != kind) return -1;
      const int value = std::stoi(bytes.substr(at + 1, end - at - 1));
      at = end + 2;
      return value;
    };
    command.clear();
    for (int left = number('*'); left != 0; --left) {
      const int size = left < 0 || at >= bytes.size() ? -1 : number('$');
      if (size < 0 || bytes.size() < at + static_cast<size_t>(size) + 2) return false;
      if (!command.empty()) command += ' ';
      command += bytes.substr(at, static_cast<size_t>(size));
      at += static_cast<size_t>(size) + 2;
    }
    bytes.erase(0, at);
    return true;
  }

  const ReplyTo reply_;
  const std::chrono::milliseconds pause_;
  test::LocalListener listening_;
  std::atomic<int> accepted_ = 0;
  std::vector<Descriptor> connections_;
  std::vector<std::thread> threads_;
  std::thread accepts_;
};

std::string Silence(const std::string&) { return {}; }

std::string Bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

bool IsHello(const std::string& command) { return command == "CLIENT ID"; }

std::string OnlyHello(const std::string& command) { return IsHello(command) ? ":7\r\n" : ""; }

// Answers to calls, in the order in which they came.
class Asked {
 public:
  explicit Asked(int calls) : left_(calls) {}

  Call Make(const Request& request) {
    return {.message = Encode(request),
            .writes = request.operation == Operation::kPut,
            .done =
                [this](std::string answer) {
                  {
                    const std::lock_guard lock(mutex_);
                    answers_.push_back(std::move(answer));
                  }
                  left_.count_down();
                },
            .has_room = [] { return true; },
            .park = [](Call) {}};
  }
  Call Get(std::string_view key) { return Make({.operation = Operation::kGet, .keys = {key}}); }

  // Texts are the answers', which live as long as this.
  std::vector<Answer> Wait() {
    left_.wait();
    std::vector<Answer> answers;
    for (const std::string& answer : answers_) answers.push_back(DecodeAnswer(answer).value());
    return answers;
  }

 private:
  std::latch left_;
  std::mutex mutex_;
  std::vector<std::string> answers_;
};

constexpr redis::Patience kShort{.to_connect = 500, .to_reply = 500};

TEST_CASE("a server that accepts and says nothing is asked once, and no more for a while") {
  WorkPool pool(1);
  std::atomic<int> told = 0;
  Asked asked(40);
  // The system accepts for one that hangs; and it may hang later.
  const FakeServer server(GENERATE(0, 1) == 0 ? Silence : OnlyHello);
  RedisNamespace space(
      pool, server.address(), "n", [&](const Error&) { ++told; }, kShort);
  for (int i = 0; i < 40; ++i) space.Start(asked.Get("k"));
  for (const Answer& answer : asked.Wait()) {
    CHECK(answer.outcome == Outcome::kFailed);
    CHECK(answer.text.find("no answer within 0 s") != std::string::npos);
  }
  // Five pipelines of eight calls, and each would have been asked twice.
  CHECK(server.accepted() == 1);
  CHECK(told == 1);
}

TEST_CASE("a server that sends a reply bit by bit has no more time for it than another") {
  WorkPool pool(1);
  // All of it would take ten times as long.
  const FakeServer server(
      [](const std::string& command) {
        if (IsHello(command)) return std::string(":7\r\n");
        return "*3\r\n" + Bulk(std::string(40, 'v')) + "$-1\r\n$-1\r\n";
      },
      std::chrono::milliseconds(100));
  RedisNamespace space(
      pool, server.address(), "n", [](const Error&) {}, kShort);
  Asked asked(1);
  space.Start(asked.Get("k"));
  CHECK(asked.Wait()[0].text == "500 no answer within 0 s");
}

TEST_CASE("what a silent server may have unread is taken back before anything else is asked") {
  WorkPool pool(1);
  std::mutex mutex;
  std::vector<std::string> commands;
  const auto reply = [&](const std::string& command) -> std::string {
    const std::lock_guard lock(mutex);
    commands.push_back(command);
    if (IsHello(command)) return ":" + std::to_string(commands.size()) + "\r\n";
    // The first put is not answered.
    return commands.size() < 10 ? "" : "+OK\r\n";
  };
  const FakeServer server(reply);
  RedisNamespace space(
      pool, server.address(), "n", [](const Error&) {}, kShort);
  const auto put = [&] {
    Asked asked(1);
    space.Start(asked.Make({.operation = Operation::kPut, .keys = {"k"}, .value = "v"}));
    return asked.Wait()[0].outcome == Outcome::kDone;
  };
  CHECK_FALSE(put());
  {
    const std::lock_guard lock(mutex);
    REQUIRE(commands.size() < 10);
    commands.resize(10);
  }
  for (int i = 0; i < 100 && !put(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::lock_guard lock(mutex);
  REQUIRE(commands.size() > 13);
  CHECK(commands[10] == "CLIENT ID");
  CHECK(commands[11] == "CLIENT KILL ID 1");
  CHECK(commands[12] == "MULTI");
}

TEST_CASE("for a call that nobody waits for any more, nobody is asked") {
  WorkPool pool(1);
  const FakeServer server(Silence);
  RedisNamespace space(
      pool, server.address(), "n", [](const Error&) {}, kShort);
  Asked asked(1);
  Call call = asked.Get("k");
  call.began_ms -= kPatienceMs;
  space.Start(std::move(call));
  CHECK(asked.Wait()[0].text == "500 it was not its turn for 60 s");
  CHECK(server.accepted() == 0);
}

TEST_CASE("what waits for a server is bounded, and what is beyond is refused at once") {
  std::latch goes_on(1);
  Asked asked(static_cast<int>(RedisNamespace::kMostCalls) + 1);
  WorkPool pool(1);
  const FakeServer server(Silence);
  RedisNamespace space(
      pool, server.address(), "n", [](const Error&) {}, kShort);
  pool.Post([&] { goes_on.wait(); });
  for (size_t i = 0; i <= RedisNamespace::kMostCalls; ++i) space.Start(asked.Get("k"));
  goes_on.count_down();
  CHECK(asked.Wait()[0].text.starts_with("429 too much waits for the server of 127.0.0.1:"));
  // All have gone: there is room again.
  Asked again(1);
  space.Start(again.Get("k"));
  CHECK_FALSE(again.Wait()[0].text.starts_with("429"));
}

TEST_CASE("replies that are too long are an error of who has asked for them") {
  WorkPool pool(1);
  std::atomic<int> told = 0;
  std::atomic<int> taken_back = 0;
  const auto reply = [&taken_back](const std::string& command) {
    const auto hmget = [](const std::string& value) {
      return "*3\r\n" + Bulk(value) + "$-1\r\n$-1\r\n";
    };
    if (IsHello(command)) return std::string(":7\r\n");
    if (command == "CLIENT KILL ID 7") return ++taken_back, std::string(":1\r\n");
    if (command.find(":e:long ") != command.npos) return hmget(std::string(40 << 20, 'v'));
    if (command.find(":e:longest ") != command.npos) return hmget(std::string(70 << 20, 'v'));
    return hmget("short");
  };
  const FakeServer server(reply);
  RedisNamespace space(pool, server.address(), "n", [&](const Error&) { ++told; });
  Asked asked(4);
  std::latch goes_on(1);
  pool.Post([&] { goes_on.wait(); });
  for (const char* key : {"a", "long", "longest", "b"}) space.Start(asked.Get(key));
  goes_on.count_down();
  const std::vector<Answer> answers = asked.Wait();
  CHECK(answers[0].entries.at(0).value == "short");
  CHECK(answers[1].text.starts_with("413"));
  CHECK(answers[2].text == "500 a reply is longer than 64 MiB");
  CHECK(answers[3].entries.at(0).value == "short");
  // The server may have had commands unread, which are asked again: once of the pipeline, and once
  // of the call alone.
  CHECK(taken_back == 2);
}

TEST_CASE("a list with long metadata is several answers") {
  WorkPool pool(1);
  const std::string metadata(10 << 20, 'm');
  const auto reply = [&metadata](const std::string& command) -> std::string {
    if (IsHello(command)) return ":7\r\n";
    if (command.starts_with("ZRANGEBYLEX")) return "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n";
    if (command.starts_with("EXISTS")) return ":1\r\n";
    return "*2\r\n" + Bulk(metadata) + "$-1\r\n";
  };
  const FakeServer server(reply);
  RedisNamespace space(pool, server.address(), "n", [](const Error&) {});
  Asked asked(1);
  space.Start(asked.Make({.operation = Operation::kList}));
  const Answer answer = asked.Wait()[0];
  CHECK_FALSE(answer.complete);
  CHECK(answer.entries.size() == 2);
}

TEST_CASE("writes take expired keys out of the sets, as long as there are any") {
  WorkPool pool(1);
  std::atomic<int> sweeps = 0;
  const auto reply = [&sweeps](const std::string& command) -> std::string {
    if (IsHello(command)) return ":7\r\n";
    if (!command.starts_with("EVAL")) return "+OK\r\n";
    // All that was asked for, and nothing the third time.
    return ++sweeps < 3 ? ":202\r\n" : ":0\r\n";
  };
  const FakeServer server(reply);
  RedisNamespace space(pool, server.address(), "n", [](const Error&) {});
  for (int i = 0; i < 5; ++i) {
    Asked asked(1);
    space.Start(asked.Make({.operation = Operation::kPut, .keys = {"k"}, .value = "v"}));
    CHECK(asked.Wait()[0].outcome == Outcome::kDone);
  }
  CHECK(sweeps == 3);
}

}  // namespace
}  // namespace nano::kv
