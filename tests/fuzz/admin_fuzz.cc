// Fuzzes the admin API: requests as the HTTP layer hands them over, with a fake of the deployer
// behind. Whatever is asked, there is one answer, with a status and a body that are documented for
// it; nothing is changed without a token; no secret comes back; no upload stays.
//
// An input is the method, the target and header fields ("name: value"), each on a line of its own,
// an empty line, a byte that says in pieces of which size the body comes, and the body.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/lines.h"
#include "runtime/entry.h"
#include "server/admin/api.h"
#include "tests/fuzz/driver.h"
#include "tests/unit/server/admin/fake_deployments.h"
#include "tests/unit/server/admin/json_schema.h"

namespace {

using namespace nano;
using namespace nano::server;
using namespace nano::server::admin;

constexpr char kToken[] = "the-token-that-is-long-enough";

// A request that was read already, and its answer.
class FuzzedExchange final : public http::ServerExchange {
 public:
  FuzzedExchange(std::string_view body, size_t piece) : body_(body), piece_(piece) {}

  void ReadBody(bool whole) override {
    NANO_CHECK(!whole && !wants_);
    wants_ = true;
  }
  void Respond(const http::ResponseHead& head, std::string_view body) override {
    NANO_CHECK(!ended_ && !streams_);
    ended_ = true;
    status = head.status;
    headers = head.headers;
    answer = body;
    // What comes from outside must not get into the head as a field of its own.
    NANO_CHECK(headers.find("injected") == std::string::npos);
  }
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t>) override {
    NANO_CHECK(!ended_ && !streams_);
    streams_ = true;
    status = head.status;
  }
  bool WriteBody(std::string_view part) override {
    NANO_CHECK(streams_ && !ended_);
    answer += part;
    return true;
  }
  void EndBody() override {
    NANO_CHECK(streams_ && !ended_);
    ended_ = true;
  }
  void Fail() override { ended_ = true; }
  std::string_view peer() override { return "127.0.0.1"; }
  void RespondError(int, std::string_view) override { NANO_CHECK(false); }

  // Gives the next part of the body, if it is wanted; false if it is not.
  bool Deliver() {
    if (ended_ || !wants_) return false;
    wants_ = false;
    const std::string part(body_.substr(0, piece_));
    body_.remove_prefix(part.size());
    responder->OnBody(*this, part, body_.empty());
    return true;
  }
  bool ended() const { return ended_; }
  bool streams() const { return streams_; }

  int status = 0;
  std::string headers;
  std::string answer;

 private:
  std::string_view body_;
  const size_t piece_;
  bool wants_ = false;
  bool streams_ = false;
  bool ended_ = false;
};

// All of a run: made once, but for the API and what is behind it.
struct World {
  World() {
    NANO_CHECK(uv_loop_init(&loop) == 0);
    folder = std::filesystem::temp_directory_path() / "nano-admin-fuzz-XXXXXX";
    NANO_CHECK(mkdtemp(folder.data()) != nullptr);
  }
  ~World() {
    std::filesystem::remove_all(folder);
    uv_run(&loop, UV_RUN_DEFAULT);
    NANO_CHECK(uv_loop_close(&loop) == 0);
  }
  uv_loop_t loop;
  std::string folder;
  LogSink sink{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log{sink, LogFormat::kJson};
};

void CheckDocumented(const FuzzedExchange& exchange, Request request) {
  const bool problem = exchange.headers.find("application/problem+json") != std::string::npos;
  if (problem) {
    const Result<Json> body = Json::Parse(exchange.answer);
    NANO_CHECK(body.ok());
    NANO_CHECK(admin::testing::Mismatch(*body, *Schemas().Find("Problem")).empty());
    NANO_CHECK(body->Find("status")->integer() == exchange.status);
  }
  std::string allowed;
  const Route* route = FindRoute(request, false, allowed);
  if (route == nullptr) {
    NANO_CHECK(exchange.status >= 400 || exchange.status == 204);
    return;
  }
  bool documented = exchange.status == 304 && !route->changes();
  for (const Answer& answer : route->answers) {
    documented = documented || answer.status == exchange.status;
  }
  for (const Wrong wrong : ProblemsOf(*route)) {
    documented = documented || (problem && TypeOf(wrong).status == exchange.status);
  }
  NANO_CHECK(documented);
}

nano::fuzz::Material Material() {
  const std::string token = std::string("\nauthorization: Bearer ") + kToken;
  const std::string form =
      "\ncontent-type: multipart/form-data; boundary=b7\n\n\x05--b7\r\nContent-Disposition: "
      "form-data; name=\"snapshot\"; filename=\"x\"\r\n\r\nabc\r\n--b7\r\nContent-Disposition: "
      "form-data; name=\"config\"\r\n\r\n{\"hosts\":[\"a\"],\"secrets\":{\"K\":\"s3cret\"}}\r\n"
      "--b7--\r\n";
  const std::string json = "\ncontent-type: application/json\n\n\x03";
  return {
      .seeds = {"GET\n/admin/apps" + token + "\nif-none-match: \"x\"\n\n",
                "GET\n/admin/apps/shop" + token + "\n\n",
                "HEAD\n/admin/logs?app=shop&lines=3&follow=1" + token + "\n\n",
                "GET\n/admin/events?app=shop" + token + "\nlast-event-id: 1\n\n",
                "GET\n/metrics" + token + "\n\n", "GET\n/admin/status" + token + "\n\n",
                "GET\n/ready\n\n", "OPTIONS\n/admin/apps" + token + "\n\n",
                "PUT\n/admin/apps/new" + token + form,
                "PUT\n/admin/apps/shop" + token + "\nif-match: \"shop-1\", W/\"y\"" + form,
                "PUT\n/admin/apps/shop" + token + "\nif-match: *\nidempotency-key: k" + form,
                "PUT\n/admin/apps/shop" + form,
                "PATCH\n/admin/apps/shop" + token + "\nif-match: *" + json +
                    R"({"env":{"A":"1","B":null},"secrets":{"K":"s3cret","L":null}})",
                "DELETE\n/admin/apps/shop" + token + "\nif-match: \"shop-1\"\n\n",
                "POST\n/admin/apps/shop/rollback" + token + json + R"({"version":"abcd"})",
                "POST\n/admin/apps/shop/canary" + token + json +
                    R"({"version":"abcd","percent":50})",
                "POST\n/admin/reload" + token + json + R"({"drop_state":true})"},
      .tokens = {"\r\n--b7",
                 "--b7--",
                 "\r\n\r\n",
                 "name=\"snapshot\"",
                 "name=\"config\"",
                 "%2e",
                 "%00",
                 "..",
                 "/",
                 "?",
                 "&",
                 "{",
                 "}",
                 "[",
                 "\"",
                 "\\u0000",
                 "null",
                 "true",
                 "secrets",
                 "if-match: *",
                 "\norigin: x",
                 "\nhost: a.example",
                 "W/",
                 "*",
                 "shop",
                 "1e9",
                 "\xff",
                 token,
                 "boundary=\"",
                 "\\"},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  http::RequestHead head{.scheme = "http", .authority = "localhost"};
  head.method = TakeLine(rest);
  head.target = TakeLine(rest);
  std::string fields;
  bool known = false;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    if (line.empty()) break;
    const size_t colon = line.find(": ");
    if (colon == line.npos || colon == 0) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 2);
    if (name == "host") {
      head.authority = value;
    }
    known = known || value.find(kToken) != value.npos;
    fields.append(name).append("\n").append(value).append("\n");
  }
  head.headers = fields;
  size_t piece = 1;
  if (!rest.empty()) {
    piece += static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
  }
  head.has_body = !rest.empty();

  FuzzedExchange exchange(rest, piece);
  auto deployments =
      std::make_unique<admin::testing::FakeDeployments>(&world.loop, world.folder + "/uploads");
  deployments->events().Publish("swap", "shop", "{}");
  auto api = std::make_unique<Api>(&world.loop, Access::ForTokens({{kToken, {"admin"}}}, false, {}),
                                   *deployments, world.log, Api::Options{.max_upload = 64 * 1024});
  const Result<Request> request = Request::Of(exchange, head);
  api->OnRequest(exchange, head);
  while (exchange.Deliver()) {
  }
  for (int i = 0; i < 4 && !exchange.ended(); ++i) uv_run(&world.loop, UV_RUN_NOWAIT);
  if (exchange.streams()) {
    deployments->events().Publish("swap", "shop", "{}");
    api->StopFollowing(true);
  }
  NANO_CHECK(exchange.ended());
  NANO_CHECK(exchange.status >= 200 && exchange.status < 600);
  NANO_CHECK(known || (deployments->changes_.empty() && deployments->reloads_.empty()));
  if (exchange.answer.find("s3cret") != std::string::npos) NANO_CHECK(false);
  if (request.ok() && !exchange.streams()) CheckDocumented(exchange, *request);
  api.reset();
  deployments.reset();
  uv_run(&world.loop, UV_RUN_NOWAIT);
  std::error_code status;
  NANO_CHECK(std::filesystem::directory_iterator(world.folder + "/uploads", status) ==
             std::filesystem::directory_iterator());
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }
