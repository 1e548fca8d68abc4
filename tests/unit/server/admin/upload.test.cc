// Deployments by forms: what is stored, what is refused, what is left.
#include "server/admin/upload.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

const Fields kForm = {{"content-type", kFormType}};

TEST_CASE("a new app comes as a form", "[admin]") {
  Fixture fixture;
  std::string snapshot;
  for (int i = 0; i < 300'000; ++i) snapshot += static_cast<char>(i * 31);
  const Answered made = Ask(fixture, "PUT", "/admin/apps/new", kForm,
                            Form({{"config", R"({"hosts":["new.localhost"],"secrets":{"A":"b"}})"},
                                  {"snapshot", snapshot}}));
  CHECK(made.status == 201);
  CHECK(made.Field("location") == "/admin/apps/new");
  CHECK(fixture.deployments->uploaded_ == snapshot);
  REQUIRE(fixture.deployments->changes_.size() == 1);
  const AppChange& change = fixture.deployments->changes_[0];
  CHECK(change.precondition.kind == Precondition::Kind::kAbsent);
  const auto& put = std::get<PutApp>(change.action);
  CHECK(put.snapshot->digest() == snapshot::Hex(snapshot::Sha256Of(snapshot)));
  CHECK(put.snapshot->bytes() == snapshot.size());
  CHECK(put.config->ToString() == R"({"hosts":["new.localhost"]})");
  CHECK(put.secrets.size() == 1);
  // Nobody kept it.
  fixture.deployments->changes_.clear();
  CHECK(fixture.Files() == 0);
}

TEST_CASE("an app that is there takes either part, and a precondition", "[admin]") {
  Fixture fixture;
  const Fields match = With(kForm, "if-match", "\"shop-1\"");
  CHECK(Ask(fixture, "PUT", "/admin/apps/shop", kForm, Form({{"config", "{}"}})).status == 428);
  CHECK(Ask(fixture, "PUT", "/admin/apps/shop", With(kForm, "if-none-match", "*"),
            Form({{"config", "{}"}}))
            .status == 412);
  CHECK(Ask(fixture, "PUT", "/admin/apps/none", match, Form({{"snapshot", "x"}})).status == 412);
  CHECK(Ask(fixture, "PUT", "/admin/apps/shop", match, Form({{"config", "{}"}})).status == 200);
  CHECK(Ask(fixture, "PUT", "/admin/apps/shop", With(kForm, "if-match", "*"),
            Form({{"snapshot", "abc"}}))
            .status == 200);
  CHECK(Ask(fixture, "PUT", "/admin/apps/new", With(kForm, "if-none-match", "*"),
            Form({{"snapshot", "abc"}}))
            .status == 201);
}

TEST_CASE("forms that are refused leave nothing", "[admin]") {
  Fixture fixture(TestAccess(), {.max_upload = 1000});
  const auto put = [&](const std::string& body) {
    return Ask(fixture, "PUT", "/admin/apps/new", kForm, body).Slug();
  };
  CHECK(put(Form({{"snapshot", std::string(1001, 'x')}})) == "too-large");
  CHECK(put(Form({{"snapshot", ""}})) == "malformed-request");
  CHECK(put(Form({{"snapshot", "x"}, {"snapshot", "y"}})) == "malformed-request");
  CHECK(put(Form({{"snapshot", "x"}, {"config", "{"}})) == "malformed-request");
  CHECK(put(Form({{"snapshot", "x"}, {"config", "[]"}})) == "malformed-request");
  CHECK(put(Form({{"snapshot", "x"}, {"other", "y"}})) == "malformed-request");
  CHECK(put(Form({{"snapshot", "x"}}).substr(0, 130)) == "malformed-request");
  CHECK(put(Form({})) == "malformed-request");
  CHECK(put(Form({{"config", "{}"}})) == "invalid");
  CHECK(put(Form({{"snapshot", "x"}, {"config", std::string(1 << 20, ' ') + "{}"}})) ==
        "too-large");
  CHECK(Ask(fixture, "PUT", "/admin/apps/a%20b", kForm, Form({{"snapshot", "x"}})).Slug() ==
        "invalid");
  CHECK(Ask(fixture, "PUT", "/admin/apps/new", kJsonType, "{}").Slug() == "media-type");
  CHECK(Ask(fixture, "PUT", "/admin/apps/new", kForm).Slug() == "media-type");
  CHECK(fixture.deployments->changes_.empty());
  CHECK(fixture.Files() == 0);
}

TEST_CASE("what is too large is refused before it comes", "[admin]") {
  Fixture fixture(TestAccess(), {.max_upload = 1000});
  Client client(fixture);
  client.Send("PUT /admin/apps/new HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer " +
              std::string(kToken) + "\r\ncontent-type: " + kFormType +
              "\r\nexpect: 100-continue\r\ncontent-length: 100000000\r\n\r\n");
  CHECK(client.Read().Slug() == "too-large");
}

TEST_CASE("an upload that breaks off leaves nothing", "[admin]") {
  Fixture fixture;
  Client client(fixture);
  const std::string form = Form({{"snapshot", std::string(200'000, 'x')}});
  client.Send("PUT /admin/apps/new HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer " +
              std::string(kToken) + "\r\ncontent-type: " + kFormType + "\r\ncontent-length: " +
              std::to_string(form.size()) + "\r\n\r\n" + form.substr(0, 150'000));
  REQUIRE(fixture.Until([&] { return fixture.Files() == 1; }));
  client.Close();
  CHECK(fixture.Until([&] { return fixture.Files() == 0; }));
  CHECK(fixture.deployments->changes_.empty());
}

TEST_CASE("a disk that is full is told as such, and nothing is left", "[admin]") {
  Fixture fixture;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 64 * 1024, .rlim_max = before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const Answered full = Ask(fixture, "PUT", "/admin/apps/new", kForm,
                            Form({{"snapshot", std::string(200'000, 'x')}}));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(full.status == 507);
  CHECK(full.Slug() == "no-space");
  CHECK(fixture.Files() == 0);
}

TEST_CASE("a form that is sent again is the same whatever its boundary", "[admin]") {
  Fixture fixture;
  const Fields first = With(kForm, "idempotency-key", "k");
  CHECK(Ask(fixture, "PUT", "/admin/apps/new", first, Form({{"snapshot", "abc"}})).status == 201);
  const Fields other = {{"content-type", "multipart/form-data; boundary=zz"},
                        {"idempotency-key", "k"}};
  const auto form = [](const std::string& contents) {
    return "--zz\r\nContent-Disposition: form-data; name=snapshot\r\n\r\n" + contents +
           "\r\n--zz--";
  };
  CHECK(Ask(fixture, "PUT", "/admin/apps/new", other, form("abc")).status == 201);
  CHECK(Ask(fixture, "PUT", "/admin/apps/new", other, form("abd")).Slug() ==
        "idempotency-key-reused");
  CHECK(fixture.deployments->changes_.size() == 1);
}

TEST_CASE("a forked process leaves an upload alone", "[admin]") {
  const test::TemporaryDirectory folder;
  SnapshotUpload upload;
  REQUIRE(upload.Open(folder / "u").ok());
  REQUIRE(upload.Write("abc").ok());
  Result<UploadedFile> file = upload.Finish();
  REQUIRE(file.ok());
  const std::string path = file->path();
  const pid_t pid = fork();
  if (pid == 0) {
    { const UploadedFile gone = std::move(file).value(); }
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK(std::filesystem::exists(path));
  { const UploadedFile gone = std::move(file).value(); }
  CHECK_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace nano::server::admin::testing
