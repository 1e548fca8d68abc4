// Namespaces and threads of the store: what no app has any more is given back.
#include "server/storage/kv_service.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/local_listener.h"
#include "tests/unit/run_until.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

size_t Threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

class Served {
 public:
  // The app has one namespace, there.
  void Grant(std::string url) {
    grants_.Set({{{.id = 1, .app = "a", .groups = {""}, .kv = {{"n", std::move(url)}}}}});
    service_.OnGrants();
  }

  std::future<std::string> Ask(const kv::Request& request) {
    const auto answer = std::make_shared<std::promise<std::string>>();
    service_.OnCall({.user = {},
                     .scope = 1,
                     .message = std::make_shared<const std::string>(kv::Encode(request)),
                     .done = [answer](std::string text) { answer->set_value(std::move(text)); },
                     .has_room = [] { return true; },
                     .park = [](const std::function<void()>&) {},
                     .detach = [] {}});
    return answer->get_future();
  }

 private:
  const test::TemporaryDirectory folder_;
  Grants grants_;
  kv::WorkPool pool_{2};
  KvService service_{grants_, pool_, folder_.path(), [](const Error&) {}};
};

kv::Outcome OutcomeOf(std::future<std::string> answer) {
  const std::string text = answer.get();
  return kv::DecodeAnswer(text)->outcome;
}

const kv::Request kGet{.operation = kv::Operation::kGet, .keys = {"k"}};
const kv::Request kPut{.operation = kv::Operation::kPut, .keys = {"k"}, .value = "v"};

TEST_CASE("threads of servers that no app has any more are given back", "[store]") {
  Served served;
  const size_t before = Threads();
  for (int port = 1; port <= 9; ++port) {
    served.Grant("redis://127.0.0.1:" + std::to_string(port));  // Where nobody is.
    CHECK(OutcomeOf(served.Ask(kGet)) == kv::Outcome::kFailed);
  }
  served.Grant("");
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  CHECK(test::RunUntil(loop, [before] { return Threads() == before; }));
  uv_loop_close(&loop);
}

TEST_CASE("what was asked of a namespace is answered, also when no app has it any more",
          "[store]") {
  Served served;
  test::LocalListener silent;
  const std::string url = "redis://127.0.0.1:" + std::to_string(silent.port);
  served.Grant(url);
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(served.Ask(kGet));
  served.Grant("");
  // By another one already, which waits for none of it.
  CHECK(OutcomeOf(served.Ask(kPut)) == kv::Outcome::kDone);
  CHECK(answers.back().wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  silent.socket.Close();
  for (auto& answer : answers) CHECK(OutcomeOf(std::move(answer)) == kv::Outcome::kFailed);
  // The one with a file is opened again as it is named again.
  served.Grant(url);
  served.Grant("");
  const std::string got = served.Ask(kGet).get();
  CHECK(kv::DecodeAnswer(got)->entries.at(0).value == "v");
}

}  // namespace
}  // namespace nano::server
