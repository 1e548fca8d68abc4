// Tests of requests that wait, on a loop of the test's own.
#include "server/worker/request_queue.h"

#include <uv.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/run_until.h"
#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using std::chrono::milliseconds;
using testing::AskedByTest;

struct Loop {
  Loop() { REQUIRE(uv_loop_init(&loop) == 0); }
  ~Loop() {
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  uv_loop_t loop;
};

http::RequestHead Head(const std::string& target) {
  return {.method = "POST",
          .scheme = "http",
          .authority = "app.test",
          .target = target,
          .headers = "host\napp.test\n",
          .has_body = true};
}

TEST_CASE("requests that wait go in their order, with their heads as they were") {
  Loop on;
  RequestQueue queue(&on.loop, milliseconds(0), [](http::ServerExchange&) { FAIL("not late"); });
  AskedByTest first;
  AskedByTest second;
  {
    const std::string target = "/first?with=a+target+that+is+longer+than+any+inline+buffer";
    queue.Add(first, Head(target));
  }
  queue.Add(second, Head("/second"));
  CHECK(queue.size() == 2);
  std::vector<std::string> targets;
  while (!queue.empty()) {
    queue.Next([&](http::ServerExchange& exchange, const http::RequestHead& head) {
      CHECK(head.method == "POST");
      CHECK(head.scheme == "http");
      CHECK(head.authority == "app.test");
      CHECK(head.headers == "host\napp.test\n");
      CHECK(head.has_body);
      CHECK(&exchange == (targets.empty() ? &first : &second));
      targets.emplace_back(head.target);
    });
  }
  CHECK(targets == std::vector<std::string>{
                       "/first?with=a+target+that+is+longer+than+any+inline+buffer", "/second"});
}

TEST_CASE("a request whose client leaves waits no more") {
  Loop on;
  RequestQueue queue(&on.loop, milliseconds(0), [](http::ServerExchange&) { FAIL("not late"); });
  AskedByTest first;
  AskedByTest second;
  queue.Add(first, Head("/first"));
  queue.Add(second, Head("/second"));
  first.responder->OnAborted(first);
  REQUIRE(queue.size() == 1);
  queue.Next([&](http::ServerExchange& exchange, const http::RequestHead&) {
    CHECK(&exchange == &second);
  });
}

TEST_CASE("a request that has waited too long is given up, the oldest first") {
  Loop on;
  std::vector<http::ServerExchange*> late;
  RequestQueue queue(&on.loop, milliseconds(5),
                     [&](http::ServerExchange& exchange) { late.push_back(&exchange); });
  AskedByTest first;
  AskedByTest second;
  queue.Add(first, Head("/first"));
  queue.Add(second, Head("/second"));
  CHECK(test::RunUntil(on.loop, [&] { return late.size() == 2; }));
  CHECK(late == std::vector<http::ServerExchange*>{&first, &second});
  CHECK(queue.empty());
}

}  // namespace
}  // namespace nano::server
