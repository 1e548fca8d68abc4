// nano-wpt-shell: runs one Web Platform Test in an isolate booted from the base snapshot.
//
// Standard input is a job, a JSON object:
//   root      the folder that __wptRead reads from
//   timeout   milliseconds until the test is told that its time is up
//   scripts   what to run, in this order and in one turn: {name, path} or {name, source}
// The scripts find these functions: __wptReport(text) writes a line to standard output,
// __wptRead(path) gives a file's bytes, __wptDone() ends the process. What the test logs goes to
// standard error. Exit status: 0 after __wptDone, kExitUnfinished if the test never called it.
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json_fields.h"
#include "runtime/entry.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "runtime/script_isolate.h"
#include "snapshot/container.h"
#include "tests/wpt/shell/event_loop.h"

namespace {

using nano::Error;
using nano::Json;
using nano::RequiredFields;
using nano::Result;
using nano::runtime::ScriptIsolate;
using nano::wpt::EventLoop;

constexpr int kExitUnfinished = 3;

// What testharness.js needs at most to complete after it was told that time is up.
constexpr auto kGrace = std::chrono::seconds(2);

struct Job {
  std::string root;
  std::chrono::milliseconds timeout{0};
  std::vector<ScriptIsolate::Script> scripts;
};

// Not by its path: it may be a socket, which cannot be opened anew.
std::string ReadStandardInput() {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;  // What was lost is missing in the JSON.
    text.append(buffer, static_cast<size_t>(count));
  }
}

Result<Job> ReadJob() {
  const Json json = TRY(Json::Parse(ReadStandardInput()));
  RequiredFields fields(json);
  Job job{.root = fields.Text("root"),
          .timeout = std::chrono::milliseconds(fields.Number("timeout")),
          .scripts = {}};
  for (const Json& script : fields.List("scripts")) {
    RequiredFields parts(script);
    ScriptIsolate::Script& added = job.scripts.emplace_back();
    added.name = parts.Text("name");
    if (script.Find("source") != nullptr) {
      added.source = parts.Text("source");
    } else {
      added.source = TRY(nano::ReadFile(parts.Text("path")));
    }
    if (!fields.Check("scripts", parts.missing().empty())) break;
  }
  if (!fields.missing().empty()) {
    return Error{"no '" + fields.missing() + "', or a wrong one", "standard input", ""};
  }
  return job;
}

void Report(std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0) _exit(1);  // The driver has gone away.
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

// `path` is absolute within the suite.
Result<std::string> ReadResource(const std::string& root, const std::string& path) {
  if (!path.starts_with('/') || path.find("/../") != std::string::npos) {
    return Error{"not a path within the suite", path, ""};
  }
  return nano::ReadFile(root + path);
}

int Fail(const Error& error) {
  std::fprintf(stderr, "nano-wpt-shell: %s\n", error.ToString().c_str());
  return 1;
}

int RunJob(const Job& job, const nano::runtime::AppImage& image) {
  EventLoop loop;
  auto booted = ScriptIsolate::Boot({.image = &image, .embedder = loop});
  if (!booted.ok()) return Fail(booted.error());
  ScriptIsolate& isolate = **booted;
  bool done = false;
  isolate.Define("__wptReport", [](const std::vector<std::string>& arguments) {
    Report(arguments.empty() ? std::string() : arguments[0]);
    return Result<std::string>(std::string());
  });
  isolate.Define("__wptRead", [&](const std::vector<std::string>& arguments) {
    return ReadResource(job.root, arguments.empty() ? std::string() : arguments[0]);
  });
  isolate.Define("__wptDone", [&](const std::vector<std::string>&) {
    done = true;
    loop.Stop();
    return Result<std::string>(std::string());
  });
  isolate.Define("gc", [&](const std::vector<std::string>&) {
    isolate.CollectGarbage();
    return Result<std::string>(std::string());
  });
  isolate.Run(job.scripts);
  if (!done) (void)loop.Run(isolate, job.timeout);
  if (!done) {
    // testharness.js turns what is still pending into timeouts and completes.
    isolate.Run({{.name = "timeout", .source = "timeout();"}});
    if (!done) (void)loop.Run(isolate, kGrace);
  }
  return done ? 0 : kExitUnfinished;
}

}  // namespace

int NanoMain(int, char**) {
  const auto job = ReadJob();
  if (!job.ok()) return Fail(job.error());
  nano::runtime::InitializeProcess({.threads = 1, .deterministic = false});
  const auto opened = nano::snapshot::Container::Open(
      nano::runtime::LibraryDirectory() + "/base.snapshot", nano::runtime::CurrentIdentity());
  if (!opened.ok()) return Fail(opened.error());
  const int status = RunJob(*job, opened->Image("base"));
  // Tearing the engine down proves nothing.
  std::fflush(stderr);
  _exit(status);
}
