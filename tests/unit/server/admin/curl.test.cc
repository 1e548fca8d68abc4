// curl as the client, by the words of docs/admin-api.md: over a Unix socket, and over TLS with
// certificates on both sides.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "server/admin/admin_server.h"
#include "tests/unit/net/tls/authority.h"
#include "tests/unit/server/admin/admin_fixture.h"

extern char** environ;

namespace nano::server::admin::testing {
namespace {

std::string PemOf(const std::function<int(BIO*)>& write) {
  BIO* out = BIO_new(BIO_s_mem());
  REQUIRE(write(out) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

class Curled {
 public:
  explicit Curled(Settings settings) {
    uv_loop_init(&loop_);
    Result<Sockets> opened = Sockets::Open(std::move(settings));
    if (!opened.ok()) FAIL(opened.error().ToString());
    sockets_ = std::make_unique<Sockets>(std::move(opened).value());
    deployments = std::make_unique<FakeDeployments>(&loop_, folder / "uploads");
    server_ = std::make_unique<AdminServer>(&loop_, *sockets_, *deployments, log_);
  }
  ~Curled() {
    bool stopped = false;
    server_->Stop(0, [&] { stopped = true; });
    while (!stopped) uv_run(&loop_, UV_RUN_ONCE);
    server_.reset();
    deployments.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }

  // What curl prints, while the loop turns; its exit status is in `status`.
  std::string Curl(std::vector<std::string> words) {
    words.insert(words.begin(), {"curl", "-q", "-sS", "--max-time", "20"});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string output = folder / "output";
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t pid = 0;
    REQUIRE(posix_spawnp(&pid, "curl", &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    int ended = 0;
    while (waitpid(pid, &ended, WNOHANG) == 0) {
      uv_run(&loop_, UV_RUN_NOWAIT);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return ReadFile(output).value();
  }

  const std::string& name() const { return sockets_->admin->name(); }

  const test::TemporaryDirectory folder;
  std::unique_ptr<FakeDeployments> deployments;
  int status = 0;

 private:
  uv_loop_t loop_;
  LogSink sink_{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log_{sink_, LogFormat::kJson};
  std::unique_ptr<Sockets> sockets_;
  std::unique_ptr<AdminServer> server_;
};

bool Has(const std::string& text, const std::string& part) {
  CAPTURE(text, part);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

TEST_CASE("curl over the Unix socket", "[admin]") {
  const test::TemporaryDirectory folder;
  Settings settings;
  settings.socket = folder / "nano.sock";
  settings.max_upload = 8 << 20;
  Curled server(settings);
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--unix-socket", settings.socket, "-i"});
    return server.Curl(std::move(words));
  };
  Has(ask({"http://nano/admin/apps"}), "\"release\":7");
  Has(ask({"http://nano/admin/apps/shop", "-H", "If-None-Match: \"shop-1\""}), "304");
  Has(ask({"-I", "http://nano/admin/status"}), "200 OK");

  std::string snapshot(5 << 20, '\0');
  for (size_t i = 0; i < snapshot.size(); ++i) snapshot[i] = static_cast<char>(i * i >> 3);
  const std::string file = folder.Write("app.snap", snapshot);
  // Large enough for curl to ask first (Expect: 100-continue).
  const std::string made =
      ask({"-X", "PUT", "http://nano/admin/apps/new", "-H", "If-None-Match: *", "-F",
           "snapshot=@" + file, "-F", R"(config={"hosts":["new.example"]};type=application/json)"});
  Has(made, "201 Created");
  CHECK(server.deployments->uploaded_ == snapshot);
  Has(ask({"-X", "PUT", "http://nano/admin/apps/new", "-F", "snapshot=@" + file}), "428");
  Has(ask({"-X", "PATCH", "http://nano/admin/apps/shop", "-H", "If-Match: \"shop-1\"", "-H",
           "content-type: application/json", "-d", R"({"env":{"A":"1"}})"}),
      "\"outcome\":\"done\"");
  Has(ask({"-X", "POST", "http://nano/admin/apps/shop/rollback"}), "200 OK");
  Has(ask({"-X", "POST", "http://nano/admin/reload"}), "unchanged");
  Has(ask({"-X", "DELETE", "http://nano/admin/apps/shop", "-H", "If-Match: *"}),
      "location: /admin/operations/op1");
  server.deployments->events().Publish("swap", "shop", R"({"n":1})");
  Has(ask({"-N", "--max-time", "1", "-H", "Last-Event-ID: 0", "http://nano/admin/events"}),
      "event: swap\ndata: {\"n\":1}\n\n");
  CHECK(server.status == 28);  // It was curl that ended it.
  server.deployments->changes_.clear();
}

TEST_CASE("curl over TLS, with a client's certificate and a token", "[admin]") {
  const test::TemporaryDirectory folder;
  net::testing::Authority authority;
  const auto write = [&](const std::string& name, const net::testing::Identity& identity) {
    folder.Write(name + ".pem", PemOf([&](BIO* out) {
                   return PEM_write_bio_X509(out, identity.certificate.get());
                 }));
    folder.Write(name + ".key", PemOf([&](BIO* out) {
                   return PEM_write_bio_PrivateKey(out, identity.key.get(), nullptr, nullptr, 0,
                                                   nullptr, nullptr);
                 }));
  };
  write("server", authority.Issue({.names = "IP:127.0.0.1"}));
  write("client", authority.Issue({}));
  const std::string ca = folder.Write("ca.pem", authority.Pem());
  Settings settings;
  settings.address = config::Address{"127.0.0.1", 0};
  settings.certificate = folder / "server.pem";
  settings.key = folder / "server.key";
  settings.client_ca = ca;
  settings.tokens = {{kToken, {"admin"}}};
  Curled server(settings);
  const std::string url = "https://" + server.name() + "/admin/apps";
  const std::vector<std::string> certified = {
      "-i", "--cacert", ca, "--cert", folder / "client.pem", "--key", folder / "client.key", url};
  const auto with = [&](const std::string& field) {
    std::vector<std::string> words = certified;
    words.insert(words.end(), {"-H", field});
    return words;
  };
  Has(server.Curl(with("Authorization: Bearer " + std::string(kToken))), "\"release\":7");
  Has(server.Curl(certified), "401");
  Has(server.Curl(with("Authorization: Bearer wrong")), "401");
  server.Curl({"-i", "--cacert", ca, url, "-H", "Authorization: Bearer " + std::string(kToken)});
  CHECK(server.status != 0);
  // Plain HTTP gets no answer.
  server.Curl({"-i", "http://" + server.name() + "/health"});
  CHECK(server.status != 0);
}

}  // namespace
}  // namespace nano::server::admin::testing
