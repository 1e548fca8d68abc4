// Fuzzes what one app of a server says to another in calls of methods: messages of values, of what
// stands for objects in them, and of sessions. Whatever comes, the process lives on, and who waits
// is told something.
//
// An input is a byte that says who hears it, and messages, each from its header on (kHeader): the
// side that is called, as its request; or the one that has called, as its response, of one message
// or of a session's.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"
#include "runtime/app_isolate.h"
#include "runtime/entry.h"
#include "runtime/process.h"
#include "runtime/snapshot_builder.h"
#include "tests/fuzz/driver.h"
#include "tests/unit/runtime/outbound/test_network.h"
#include "tests/unit/runtime/test_exchange.h"

namespace {

using nano::runtime::AppIsolate;
using nano::runtime::testing::TestExchange;
using nano::runtime::testing::TestNetwork;

constexpr std::string_view kHeader = "\xFF\x0F";  // Of what V8 serializes.

// One app is either side. What it is given it uses, as far as that ends.
constexpr std::string_view kSource = R"js(
((app) => (app.catch(() => {}), app))((async (__NANO_PLATFORM__) => {
  const WorkerEntrypoint = __NANO_PLATFORM__("WorkerEntrypoint");
  const RpcTarget = __NANO_PLATFORM__("RpcTarget");
  class Target extends RpcTarget {
    get size() { return 1; }
    add(value) { return value; }
    [Symbol.dispose]() {}
  }
  const bytes = () => new Response("streamed").body;
  const all = () => [
    1, "text", 5n, null, undefined, new Date(5), /x/g, new Map([[1, { a: [1, , 3] }]]), new Set(["x"]),
    new Uint8Array(9), new Float64Array(3), new DataView(new ArrayBuffer(8)), new Target(), (x) => x,
    bytes(), new WritableStream(), new Headers({ a: "b" }), new Error("e", { cause: new TypeError("c") }),
    Object.assign(new RangeError("r"), { code: "X", list: [{ a: 1 }] }), new AggregateError([new Error("1")], "m"),
    new DOMException("d", "AbortError"), new Response("body", { status: 201, headers: { x: "y" } }),
    new Response(bytes()), new Request("http://a.test/", { method: "PUT", body: bytes(), duplex: "half" }),
    new Request("http://a.test/"),
  ];
  async function use(value, depth = 0) {
    if (depth > 3) return;
    try {
      if (typeof value === "function") return await Promise.all([value(all), value.add(1), value.size, value.a.b.c()]);
      if (value instanceof Response || value instanceof Request) return void (await value.text());
      if (value instanceof ReadableStream) return void (await new Response(value).text());
      if (value instanceof WritableStream) {
        const writer = value.getWriter();
        await writer.write(new Uint8Array(2));
        return void (await writer.close());
      }
      if (value instanceof Headers) return void [...value];
      if (value !== null && typeof value === "object") {
        for (const key of Object.keys(value).slice(0, 40)) await use(value[key], depth + 1);
      }
    } catch {}
  }
  class Default extends WorkerEntrypoint {
    async fetch(request) {
      const which = Number(new URL(request.url).searchParams.get("n"));
      const args = which < 0 ? all() : [all()[which % all().length]];
      try {
        const value = await this.env.X.m(...args);
        await use(value);
        return new Response("value");
      } catch (error) {
        return new Response("error " + (error instanceof Error));
      }
    }
    async m(...args) {
      await use(args);
      return args.length > 4 ? all() : args[0] ?? new Target();
    }
    fails(error) { throw error; }
  }
  return { default: Default };
})(globalThis.__NANO_PLATFORM__))
)js";

class Loop final : public nano::runtime::TimerPort,
                   public nano::runtime::LogPort,
                   public nano::runtime::StopPort,
                   public nano::runtime::WakePort {
 public:
  void ArmTimer(double delay_ms) override { delay = delay_ms; }
  void Log(nano::runtime::LogLevel, std::string_view, const nano::runtime::LogOrigin&) override {}
  void OnStopped(const nano::runtime::Stop&, nano::http::Exchange*) override {}
  void OnNear(const nano::runtime::Stop&) override {}
  void Wake() override {}

  double delay = -1;
};

class Pair {
 public:
  Pair() {
    nano::runtime::InitializeProcess({});
    auto base = nano::runtime::BuildBaseSnapshot();
    NANO_CHECK(base.ok());
    base_ = std::move(base).value();
    nano::runtime::AppBuild build;
    build.base_blob = base_;
    build.source = kSource;
    build.script_name = "app.js";
    build.takes_platform = true;
    auto built = nano::runtime::BuildAppSnapshot(build);
    if (const auto* failure = std::get_if<nano::runtime::ScriptFailure>(&built)) {
      std::fprintf(stderr, "%s\n%s\n", failure->message.c_str(), failure->stack.c_str());
      NANO_CHECK(false);
    }
    snapshot_ = std::get<nano::runtime::AppSnapshot>(std::move(built));
    image_ = {.name = "test", .blob = snapshot_.blob, .source = kSource, .source_map = {}};
    Boot();
  }

  // The bytes that a caller sends, and that it is answered, in a conversation of the two: messages
  // without the frames around them.
  std::vector<std::string> Record(int which) {
    std::vector<std::string> seeds;
    TestExchange outer;
    Get(outer, which);
    NANO_CHECK(network_.calls.size() == 1);
    const std::string request = network_.calls[0].sent;
    seeds.push_back('\0' + Unframed(request));
    TestExchange inner;
    Call(inner, request);
    const bool is_session = inner.headers.find("nano-session") != std::string::npos;
    seeds.push_back(is_session ? '\1' + Unframed(inner.body) : '\2' + inner.body);
    Answer(is_session, inner.body);
    Settle(inner);
    Settle(outer);
    return seeds;
  }

  void Hear(int who, std::string_view messages) {
    if (who == 0) {
      TestExchange inner;
      Call(inner, Framed(messages));
      Settle(inner);
    } else {
      TestExchange outer;
      Get(outer, turn_++ % 26 - 1);
      if (!network_.calls.empty()) Answer(who == 1, who == 1 ? Framed(messages) : messages);
      Settle(outer);
    }
    if (app_->stopped() || ++heard_ % 500 == 0) Boot();
  }

 private:
  void Boot() {
    app_.reset();
    network_.calls.clear();
    nano::runtime::Embedder ports{.timers = &loop_, .wake = &loop_, .log = &loop_, .stops = &loop_};
    ports.outbound = &network_;
    auto app = AppIsolate::Boot({.image = &image_, .embedder = ports, .services = {"X"}});
    NANO_CHECK(app.ok());
    app_ = std::move(app).value();
  }

  void Get(TestExchange& exchange, int which) {
    network_.calls.clear();
    const std::string target = "/?n=" + std::to_string(which);
    app_->Dispatch(exchange, {.method = "GET",
                              .scheme = "http",
                              .authority = "test.localhost",
                              .target = target,
                              .headers = "host\ntest.localhost\n"});
  }

  void Call(TestExchange& exchange, std::string_view body) {
    exchange.aim = std::make_shared<nano::http::ServiceAim>(
        nano::http::ServiceAim{.entrypoint = "", .props = "", .method = "m"});
    exchange.depth = 1;
    app_->Dispatch(exchange, {.method = "POST",
                              .scheme = "http",
                              .authority = "rpc.internal",
                              .target = "/m",
                              .headers = "host\nrpc.internal\n",
                              .has_body = true});
    if (!exchange.ended && exchange.reads > 0) app_->OnBody(exchange, body, false);
    Turn();
  }

  void Answer(bool is_session, std::string_view body) {
    nano::runtime::testing::TestCall& call = network_.calls[0];
    if (call.over) return;
    call.caller->OnHead({.status = 200,
                         .headers = is_session ? "content-type\napplication/x-nano-session\n" : "",
                         .has_body = true});
    call.Bring(body);
    Turn();
    if (!call.over) call.End();
  }

  // To its end: whoever waits for the other side is told that there is none any more.
  void Settle(TestExchange& exchange) {
    Turn();
    if (!exchange.ended && exchange.reads > 0 && exchange.aim != nullptr) {
      app_->OnBody(exchange, "", true);
      Turn();
    }
    if (exchange.ended || app_->stopped()) return;
    std::fprintf(stderr, "somebody waits for ever\n");
    NANO_CHECK(false);
  }

  void Turn() {
    for (int i = 0; i < 200 && loop_.delay >= 0 && loop_.delay < 10; ++i) {
      loop_.delay = -1;
      app_->FireTimers();
    }
    app_->RunTasks();
  }

  static std::string Frame(std::string_view message) {
    std::string frame(4, '\0');
    for (size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>(message.size() >> (8 * i));
    return frame.append(message);
  }

  static std::string Framed(std::string_view messages) {
    std::string frames;
    while (!messages.empty()) {
      const size_t next = std::min(messages.find(kHeader, 1), messages.size());
      frames += Frame(messages.substr(0, next));
      messages.remove_prefix(next);
    }
    return frames;
  }

  static std::string Unframed(std::string_view frames) {
    std::string messages;
    while (frames.size() >= 4) {
      size_t length = 0;
      for (size_t i = 4; i-- > 0;) length = length << 8 | static_cast<unsigned char>(frames[i]);
      messages += frames.substr(4, length);
      frames.remove_prefix(std::min(frames.size(), 4 + length));
    }
    return messages;
  }

  std::string base_;
  nano::runtime::AppSnapshot snapshot_;
  nano::runtime::AppImage image_;
  Loop loop_;
  TestNetwork network_;
  std::unique_ptr<AppIsolate> app_;
  int turn_ = 0;
  int heard_ = 0;
};

Pair& ThePair() {
  static Pair& pair = *new Pair();
  return pair;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ThePair().Hear(data[0] % 3, text.substr(1));
  return 0;
}

int NanoMain(int argc, char** argv) {
  nano::fuzz::Material material;
  for (int which = -1; which < 25; ++which) {
    for (std::string& seed : ThePair().Record(which)) material.seeds.push_back(std::move(seed));
  }
  // What stands for an object: a kind and a number; and messages of a session.
  for (char kind = 0; kind < 9; ++kind) {
    for (char id = 0; id < 4; ++id) {
      material.tokens.push_back(std::string("\\A\2I") + kind + "I" + id + "$" + '\0' + '\2');
    }
  }
  for (const char* token :
       {"\xFF\x0F", "o", "{", "A\1", "$", "\"\4then", "\"\10toString", "_", "0", "I\2",
        "N\0\0\0\0\0\0\xF8\x7F", "a\xFF\xFF\xFF\x7F@", "^\1", "\\", ";:", "r"}) {
    material.tokens.emplace_back(token);
  }
  return nano::fuzz::Drive(argc, argv, material);
}
