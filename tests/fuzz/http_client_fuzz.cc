// Fuzzes the HTTP client, its pool and all below it, from the servers' side: whatever they answer,
// and whatever callers do meanwhile, every call is told exactly one end; nothing that answers one
// call is told to another; no connection is used again after an error; and nothing is left behind.
// driver.h says how it is run.
//
// An input is a byte of settings, what the callers do, a byte for each step, 0xff, and the scripts
// of the servers' answers (scripted_peer.h). The servers run on the client's loop, without threads.
#include <unistd.h>
#include <uv.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "http/client/pool.h"
#include "http/http1/client_loop.h"
#include "net/pipe.h"
#include "runtime/entry.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/fuzzed_call.h"
#include "tests/fuzz/response_material.h"
#include "tests/fuzz/scripted_peer.h"

namespace {

using nano::fuzz::FuzzedCall;
using nano::fuzz::FuzzedCalls;
using nano::fuzz::PeerCall;
using nano::fuzz::ScriptedPeer;
using nano::http::Pool;

constexpr char kCallersEnd = '\xff';
constexpr int kTurns = 50;       // After the callers' last step, for servers that still answer.
constexpr int kManyTurns = 500;  // More than anything takes that goes on at all.

// The steps of a caller: the lower three bits, of a call or a number that the others say.
enum Step : uint8_t { kStart, kStartToo, kGiveUp, kTurn, kRead, kWrite, kEndRequest, kPause };

int LowestFreeDescriptor() {
  const int fd = dup(0);
  close(fd);
  return fd;
}

class World {
 public:
  World() : peer_(known_) {
    NANO_CHECK(uv_loop_init(&loop_) == 0);
    client_loop_.emplace(&loop_);
    client_loop_->least_piped = 1;  // Whatever is left of a body is worth a pipe.
    FillPipes();
  }
  ~World() {
    client_loop_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    NANO_CHECK(uv_loop_close(&loop_) == 0);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void Run(std::string_view input) {
    const size_t callers_end = std::min(input.find(kCallersEnd), input.size());
    const std::string_view steps = input.substr(0, callers_end);
    std::vector<std::string> scripts;
    for (size_t at = callers_end + 1; at < input.size();) {
      const size_t end = std::min(input.find(nano::fuzz::kPart, at), input.size());
      scripts.emplace_back(input.substr(at, end - at));
      at = end + 1;
    }
    const int descriptor = LowestFreeDescriptor();
    known_.clear();
    peer_.Begin(std::move(scripts));
    RunCalls(steps);
    for (int turn = 0; !peer_.AllClosed(); ++turn) {
      NANO_CHECK(turn < kManyTurns);
      uv_run(&loop_, UV_RUN_NOWAIT);
    }
    NANO_CHECK(LowestFreeDescriptor() == descriptor);
    NANO_CHECK(client_loop_->pipes.open() == client_loop_->pipes.spare());
  }

 private:
  void RunCalls(std::string_view steps) {
    const uint8_t bits = steps.empty() ? 0 : static_cast<uint8_t>(steps[0]);
    Pool::Settings settings;
    settings.connections = most_connections_ = 1 + bits % 4;
    pauses_ = (bits & 4) != 0;
    if (pauses_) settings.timeouts = {.connect = 1, .first_byte = 1, .idle = 1, .total = 3};
    if ((bits & 8) != 0) settings.keep_alive = 1;
    pool_.emplace(*client_loop_, settings);
    uint32_t hash = 2166136261;
    for (const char c : steps) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
    {
      FuzzedCalls calls(*pool_, peer_, known_, hash);
      for (size_t i = 1; i < steps.size(); ++i) Do(calls, static_cast<uint8_t>(steps[i]));
      for (int turn = 0; turn < kTurns && !calls.AllOver(); ++turn) {
        calls.FinishAll();
        Turn();
      }
      // Servers that say nothing more are gone now.
      peer_.EndAll();
      for (int turn = 0; !calls.AllOver(); ++turn) {
        NANO_CHECK(turn < kManyTurns);
        calls.FinishAll();
        Turn();
      }
    }
    for (int turn = 0; pool_->connections() > pool_->idle(); ++turn) {
      NANO_CHECK(turn < kManyTurns);
      Turn();
    }
    pool_.reset();
    // Those that held what nobody wanted were closed, perhaps all.
    FillPipes();
  }

  // Makes as many pipes as are kept, since descriptors are counted.
  void FillPipes() {
    std::vector<nano::net::Pipe> pipes(nano::net::PipePool::kSpare);
    for (nano::net::Pipe& pipe : pipes) pipe = client_loop_->pipes.Take();
  }

  void Do(FuzzedCalls& calls, uint8_t step) {
    const uint8_t argument = step / 8;
    FuzzedCall* call = calls.At(argument);
    switch (static_cast<Step>(step % 8)) {
      case kStart:
        return calls.Start(argument);
      case kStartToo:
        return calls.Start(argument | 128);
      case kTurn:
        for (int i = 0; i <= argument % 8; ++i) Turn();
        return;
      case kPause:
        if (pauses_) usleep(1000);
        return Turn();
      case kGiveUp:
        return call != nullptr ? call->GiveUp() : void();
      case kRead:
        return call != nullptr ? call->Read() : void();
      case kWrite:
        return call != nullptr ? call->Write(argument % 5) : void();
      case kEndRequest:
        return call != nullptr ? call->EndRequest() : void();
    }
  }

  void Turn() {
    peer_.Turn();
    NANO_CHECK(peer_.open() <= most_connections_);
    uv_run(&loop_, UV_RUN_NOWAIT);
  }

  std::deque<PeerCall> known_;
  ScriptedPeer peer_;
  uv_loop_t loop_;
  std::optional<nano::http1::ClientLoop> client_loop_;
  std::optional<Pool> pool_;
  size_t most_connections_ = 0;
  bool pauses_ = false;
};

std::string Steps(const std::vector<int>& steps) { return {steps.begin(), steps.end()}; }

// Each answer, and all of them one after the other, to callers of different habits.
std::vector<std::string> Seeds() {
  const std::vector<std::string> habits = {
      // One after the other, by GET.
      Steps({3, kStart, kTurn | 7 << 3, kStart, kTurn | 7 << 3, kStart, kTurn | 7 << 3}),
      // Several at once on one connection, of all kinds.
      Steps({0, kStart, kStart | 1 << 3, kStart | 2 << 3, kStart | 3 << 3, kStart | 4 << 3,
             kStartToo, kTurn | 7 << 3, kWrite | 3 << 3, kWrite | 4 << 3, kEndRequest | 3 << 3,
             kTurn | 3 << 3}),
      // Streams, given up, and what is not read.
      Steps({1, kStart | 11 << 3, kStart | 12 << 3, kStart | 10 << 3, kTurn | 4 << 3, kWrite,
             kRead | 2 << 3, kTurn, kGiveUp | 1 << 3, kStart, kTurn | 6 << 3}),
      // With time limits.
      Steps(
          {15, kStart, kStartToo | 8 << 3, kTurn | 7 << 3, kPause, kStart, kPause, kTurn, kPause}),
  };
  std::vector<std::string> seeds;
  std::string all;
  for (const std::string& answer : nano::fuzz::Responses()) all += answer + nano::fuzz::kPart;
  for (const std::string& habit : habits) {
    for (const std::string& answer : nano::fuzz::Responses()) {
      seeds.push_back(habit + kCallersEnd + answer + nano::fuzz::kPart + answer);
    }
    seeds.push_back(habit + kCallersEnd + all);
  }
  // An answer that ends where the client's buffer does, with more behind it.
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 00000\r\n\r\n";
  const size_t length = nano::http1::ClientLoop::kHeadRead - head.size();
  head.replace(head.find("00000"), 5, std::to_string(length));
  const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n@";
  seeds.push_back(habits[1] + kCallersEnd + head + nano::fuzz::kFill + good);
  // Bodies that come late: those who asked have given up by then, or wait.
  const std::string late = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n@@" +
                           std::string(1, nano::fuzz::kLater) + "@@@" + nano::fuzz::kPart + good;
  const std::string gives_up =
      Steps({0, kStart | 8 << 3, kTurn | 7 << 3, kGiveUp, kStart, kTurn | 7 << 3, kStart});
  const std::string passes_on =
      Steps({0, kStart | 16 << 3, kTurn | 7 << 3, kStart | 24 << 3, kTurn | 7 << 3, kRead | 1 << 3,
             kTurn | 7 << 3, kStart | 16 << 3});
  for (const std::string& habit : {habits[0], habits[2], gives_up, passes_on}) {
    seeds.push_back(habit + kCallersEnd + late);
  }
  // A connection that ends when it is used again.
  seeds.push_back(habits[0] + kCallersEnd + good + nano::fuzz::kPart + nano::fuzz::kReset);
  seeds.push_back(habits[1] + kCallersEnd + good + nano::fuzz::kPart + nano::fuzz::kEnd);
  return seeds;
}

std::vector<std::string> Tokens() {
  std::vector<std::string> tokens = nano::fuzz::ResponseTokens();
  for (const char step : {nano::fuzz::kWait, nano::fuzz::kLater, nano::fuzz::kEnd,
                          nano::fuzz::kReset, nano::fuzz::kFill, nano::fuzz::kPart, kCallersEnd}) {
    tokens.emplace_back(1, step);
  }
  for (int step = 0; step < 8; ++step) tokens.push_back(Steps({step, step | 9 << 3}));
  return tokens;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  world.Run({reinterpret_cast<const char*>(data), size});
  return 0;
}

int NanoMain(int argc, char** argv) {
  return nano::fuzz::Drive(argc, argv, {.seeds = Seeds(), .tokens = Tokens(), .longest = 6000});
}
