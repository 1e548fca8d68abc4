// Fuzzes the readers of wrangler files, from bytes to an app's settings: whatever a file says, it
// is an app or has errors with a message, and what a dist carries of an app can be read by who
// serves it.
//
// An input is a letter, `t` for TOML or `j` for JSON with comments, an environment's name, a line
// feed, and the file.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lines.h"
#include "config/schema/file.h"
#include "config/wrangler/project.h"
#include "runtime/entry.h"
#include "tests/fuzz/driver.h"

namespace {

namespace config = nano::config;
namespace fuzz = nano::fuzz;
using nano::Error;
using nano::Json;
using nano::Result;

// A folder with one wrangler file, which every round writes anew: where writes wait for no disk.
class Folder {
 public:
  Folder() {
    std::error_code ignored;
    path_ = std::filesystem::is_directory("/dev/shm", ignored) ? "/dev/shm" : "/tmp";
    path_ += "/nano-fuzz-wrangler-XXXXXX";
    NANO_CHECK(mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void CheckError(const Error& error) {
  NANO_CHECK(!error.message.empty());
  NANO_CHECK(!error.ToString().empty());
}

// What a server reads of a dist.
void CheckCarried(const std::string& carried) {
  const Result<Json> json = Json::Parse(carried, nano::kFileJson);
  NANO_CHECK(json.ok() && json->object() != nullptr);
  const auto source =
      std::make_shared<const config::Source>(config::Source{"carried", json->ToString()});
  const auto read = config::ParseFile(source);
  if (!read.ok())
    std::fprintf(stderr, "%s\n%s\n", carried.c_str(), read.error().ToString().c_str());
  NANO_CHECK(read.ok());
}

fuzz::Material Material() {
  const std::string json = R"({
  // comment
  "name": "shop", "main": "src/index.ts", "compatibility_date": "2026-01-01",
  "compatibility_flags": ["nodejs_compat", "x"],
  "vars": { "A": "x ${B}", "N": 5, "L": [1, {"x": null}], "E": 1e9, },
  "secrets": { "required": ["KEY"] },
  "kv_namespaces": [{ "binding": "C", "id": "i" }],
  "services": [{ "binding": "S", "service": "s", "entrypoint": "E", "props": {"a": 1}, "environment": "e" }],
  "assets": { "directory": "./p", "binding": "FILES", "run_worker_first": ["/a/*", "!/b"] },
  "routes": ["a.example/*", { "pattern": "*b.example", "enabled": true }],
  "triggers": { "crons": ["*/5 * * * *", "0 0 L * fri#2"] },
  "limits": { "cpu_ms": 50, "subrequests": 5 },
  "rules": [{ "type": "Text", "globs": ["**/*.{md,tpl}"], "fallthrough": true }],
  "define": { "D": "1" }, "alias": { "a": "./b" }, "version_metadata": { "binding": "V" },
  "d1_databases": [{ "binding": "DB" }], /* end */
  "env": { "staging": { "name": "other", "vars": { "A": "b" }, "route": "c.example" } }
})";
  const std::string toml =
      "name = \"shop\"\nmain = 'i.js'\ncompatibility_date = 2026-01-01\n[vars]\nA = \"1\"\nN = "
      "0x1F\n"
      "F = inf\nT = 07:32:00\nO = { x = [1, 2], \"y.z\" = '''w''' }\n[[kv_namespaces]]\nbinding = "
      "\"ONE\"\n[triggers]\ncrons = [\"0 0 29 2 *\"]\n[env.staging.vars]\nA = \"\"\"\nlong\"\"\"\n"
      "[[env.staging.services]]\nbinding = \"S\"\nservice = \"s\"\n";
  return {
      .seeds = {"j\n" + json, "jstaging\n" + json, "t\n" + toml, "tstaging\n" + toml},
      .tokens = {"{",
                 "}",
                 "[",
                 "]",
                 ",",
                 ":",
                 "\"",
                 "\\",
                 "//",
                 "/*",
                 "*/",
                 "\n",
                 "\r\n",
                 "\\u0000",
                 "\\ud800",
                 "\xFF",
                 "\xEF\xBB\xBF",
                 "1e999",
                 "-0",
                 "null",
                 "true",
                 "= ",
                 "[[",
                 "]]",
                 "'''",
                 "\"name\": ",
                 "\"vars\": ",
                 "\"env\": ",
                 "\"binding\": ",
                 "\"json\": ",
                 "${",
                 "$${",
                 "**/*.{",
                 "*",
                 "0 0 L * *",
                 "nan",
                 "\"A\": ",
                 "\"\": "},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  config::WranglerOptions options;
  options.environment = std::string(nano::TakeLine(rest));
  static const Folder folder;
  const std::string path = folder.path() + (data[0] == 't' ? "/wrangler.toml" : "/wrangler.jsonc");
  NANO_CHECK(nano::WriteFileAtomically(path, rest).ok());
  const auto project = config::ReadWranglerProject(folder.path(), options);
  std::filesystem::remove(path);
  NANO_CHECK(project.has_value());
  for (const Error& error : project->errors) CheckError(error);
  for (const config::Remark& remark : project->remarks) NANO_CHECK(!remark.text.empty());
  if (project->errors.empty()) CheckCarried(project->app.carried);
  return 0;
}

int NanoMain(int argc, char** argv) { return fuzz::Drive(argc, argv, Material()); }
