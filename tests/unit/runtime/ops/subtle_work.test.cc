// Where the work of keys is done: short operations at once, but only some of them in a turn; long
// ones on other threads.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime::testing {
namespace {

// Answers /?NAME,COUNT with the number of signatures that verify.
constexpr char kSigningApp[] = R"(
  const { subtle } = crypto;
  const jwk = { kty: "OKP", crv: "Ed25519", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
                x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
  const signer = subtle.importKey("jwk", jwk, "Ed25519", false, ["sign"]);
  const all = {
    async together(count) {
      const key = await signer;
      const data = new Uint8Array(10);
      const signs = Array.from({ length: count }, () => subtle.sign("Ed25519", key, data));
      return (await Promise.all(signs)).length;
    },
    async large(count) {
      return (await subtle.sign("Ed25519", await signer, new Uint8Array(count))).byteLength;
    },
    async generate() {
      const { privateKey } = await subtle.generateKey("Ed25519", false, ["sign"]);
      return privateKey.type;
    },
  };
  async function fetch(request) {
    const [name, count] = request.url.split("?")[1].split(",");
    return new Response(String(await all[name](Number(count))));
  }
)";

void Finish(AppIsolate& app, const TestExchange& exchange) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!exchange.ended) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    app.RunTasks();
  }
}

}  // namespace

TEST_CASE("a few short signatures are made within the turn, many are not") {
  TestApp built(kSigningApp);
  TestEmbedder embedder;
  const auto app = built.Boot(embedder);
  for (int round = 0; round < 3; ++round) {  // Each request is a turn of its own.
    const auto few = Get(*app, "/?together,8");
    CHECK(few->ended);
    CHECK(few->body == "8");
  }
  const auto many = Get(*app, "/?together,200");
  CHECK_FALSE(many->ended);
  CHECK(app->pending() > 1);  // The request, and what other threads do.
  Finish(*app, *many);
  CHECK(many->body == "200");
  CHECK(app->pending() == 0);
  CHECK(embedder.log.empty());
}

TEST_CASE("large data and key generation leave the thread") {
  TestApp built(kSigningApp);
  TestEmbedder embedder;
  const auto app = built.Boot(embedder);
  for (const char* target : {"/?large,1000000", "/?generate"}) {
    INFO(target);
    const auto exchange = Get(*app, target);
    CHECK_FALSE(exchange->ended);
    CHECK(app->pending() == 2);
    Finish(*app, *exchange);
    CHECK((exchange->body == "64" || exchange->body == "private"));
  }
  CHECK(embedder.log.empty());
}

TEST_CASE("an isolate may end while a key is being generated for it") {
  TestApp built(R"(
    async function fetch() {
      const algorithm = { name: "RSA-PSS", hash: "SHA-256", modulusLength: 16384,
                          publicExponent: new Uint8Array([1, 0, 1]) };
      await crypto.subtle.generateKey(algorithm, false, ["sign"]);
      return new Response("done");
    }
  )");
  TestEmbedder embedder;
  auto app = built.Boot(embedder);
  const auto exchange = Get(*app);
  CHECK_FALSE(exchange->ended);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  app.reset();
  CHECK(embedder.log.empty());
}

}  // namespace nano::runtime::testing
