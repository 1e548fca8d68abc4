// What becomes of an app whose embedder gives it a port, and of one that gives it none.
#include "runtime/embedder.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

namespace {

// Asks for the network while its snapshot is built, and again for each request.
constexpr char kCaller[] = R"(
  const call = () => globalThis.fetch("https://elsewhere.test/a").then(
      () => "let through", (error) => `${error.name}: ${error.message} (${error.cause.code})`);
  const built = await call();
  const fetch = async () => new Response(`${built}\n${await call()}`);
)";

constexpr char kFailed[] = "TypeError: fetch of https://elsewhere.test/a failed: ";

class NoNetwork final : public OutboundPort {
 public:
  Result<std::unique_ptr<http::Call>> Start(const http::CallRequest&, std::string_view,
                                            http::Caller&) override {
    return Error{"this test has no network", "", ""};
  }
};

constexpr char kDefault[] =
    "an app has no network while it is built; call fetch() in a handler, or when a request first "
    "needs what it gives";

constexpr char kCode[] = " (ERR_CALL_REFUSED)";

std::string DefaultRefusal() { return std::string(kFailed) + kDefault + kCode; }

}  // namespace

TEST_CASE("a build and an embedder that serve no way out have refused it") {
  TestApp image(kCaller);
  TestEmbedder embedder;
  CHECK(Get(*image.Boot(embedder))->body == DefaultRefusal() + "\n" + DefaultRefusal());
}

TEST_CASE("why a request goes nowhere is for the embedder to say") {
  TestApp image(kCaller);
  NoNetwork outbound;
  const auto app = image.Boot({.outbound = &outbound});
  CHECK(Get(*app)->body == DefaultRefusal() + "\n" + kFailed + "this test has no network" + kCode);
}

TEST_CASE("an isolate without any port serves what needs none") {
  TestApp image(R"(
    const fetch = async (request) => {
      if (request.url.endsWith("/later")) await new Promise((done) => setTimeout(done, 1));
      return new Response("fine");
    };
  )");
  auto app = image.Boot(Embedder());
  CHECK(Get(*app)->body == "fine");
  const auto late = Get(*app, "/later");
  app->RunTasks();
  CHECK_FALSE(late->ended);  // Nobody has a clock for it.
  app.reset();
}

}  // namespace nano::runtime
