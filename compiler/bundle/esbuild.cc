// The command line, the deadline and the files.
#include "compiler/bundle/esbuild.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/file.h"
#include "base/json_text.h"
#include "compiler/bundle/platform_modules.h"
#include "compiler/bundle/wasm_imports.h"
#include "compiler/process/child.h"
#include "compiler/process/child_files.h"
#include "compiler/project/paths.h"
#include "runtime/entry.h"

namespace nano::compiler {
namespace {

// How long a run may take before it is looked at what it reads, each time.
constexpr std::chrono::milliseconds kPatience(50);

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string Line(std::string_view with_end) {
  return std::string(with_end.substr(0, with_end.size() - 1));
}

std::string OutputOf(const EsbuildJob& job) { return job.context.scratch + "/" + job.script_name; }

std::string MetafileOf(const EsbuildJob& job) { return job.context.scratch + "/meta.json"; }

// What the app says. Of options that repeat the last one counts.
void AddSettings(const EsbuildJob& job, std::vector<std::string>& arguments) {
  const config::BundleSettings& settings = job.settings;
  for (const auto& [name, expression] : settings.define) {
    arguments.push_back("--define:" + name + "=" + expression);
  }
  for (const auto& [specifier, module] : settings.alias) {
    arguments.push_back("--alias:" + specifier + "=" + module);
  }
  for (const auto& [extension, type] : settings.rules) {
    const bool is_text = type == config::kTextRule;
    arguments.push_back("--loader:" + extension + "=" + (is_text ? "text" : "binary"));
  }
  if (!settings.tsconfig.empty()) {
    arguments.push_back("--tsconfig=" + PathIn(job.entry.directory, settings.tsconfig));
  }
  if (!settings.jsx_factory.empty()) arguments.push_back("--jsx-factory=" + settings.jsx_factory);
  if (!settings.jsx_fragment.empty()) {
    arguments.push_back("--jsx-fragment=" + settings.jsx_fragment);
  }
}

Result<std::vector<std::string>> Arguments(const EsbuildJob& job) {
  std::vector<std::string> arguments{
      runtime::LibraryDirectory() + "/esbuild",
      "--bundle",
      job.sloppy_syntax ? "--format=cjs" : "--format=esm",
      "--platform=browser",
      // What packages for workers are found by; "browser" comes with the platform.
      "--conditions=workerd,worker,module",
      "--target=esnext",
      // V8 does not parse decorators, crashes in `using` while a snapshot is built, and lacks
      // Uint8Array.fromBase64 then.
      "--supported:decorators=false",
      "--supported:using=false",
      "--supported:from-base64=false",
      // There is nothing to load from at run time: what is not in the bundle is asked of `require`,
      // which says so.
      "--supported:dynamic-import=false",
      "--charset=ascii",
      "--legal-comments=none",
      "--define:global=globalThis",
      "--loader:.js=jsx",
      "--loader:.txt=text",
      "--loader:.html=text",
      "--loader:.md=text",
      "--loader:.sql=text",
      "--loader:.svg=text",
      "--loader:.css=text",
      "--loader:.bin=binary",
      "--sourcemap=external",
      "--sources-content=true",
      std::string("--sourcefile=") + kGeneratedEntry,
      "--loader=js",
      "--color=false",
      "--log-level=warning",
      "--log-limit=0",
      "--metafile=" + MetafileOf(job),
      "--outfile=" + OutputOf(job),
      "--banner:js=" + Line(kFirstLine),
      "--footer:js=" + Line(kLastLine),
  };
  arguments.insert(arguments.end(), std::begin(kWasmOptions), std::end(kWasmOptions));
  const std::vector<std::string>& variables = VariableOptions();
  arguments.insert(arguments.end(), variables.begin(), variables.end());
  for (const std::string& specifier : job.platform) {
    arguments.push_back(TRY(WritePlatformModule(job.context.scratch, specifier)));
  }
  // A tsconfig.json that says something of JSX overrules these.
  if (!job.jsx_import_source.empty()) {
    arguments.push_back("--jsx=automatic");
    arguments.push_back("--jsx-import-source=" + job.jsx_import_source);
  }
  AddSettings(job, arguments);
  for (const std::string& specifier : job.external) arguments.push_back("--external:" + specifier);
  return arguments;
}

// Waits for the end. What esbuild reads is looked at meanwhile: it would read something that has
// no end until the time is up.
Result<void> Await(Child& child, Clock::time_point deadline) {
  Child* const self[] = {&child};
  while (!child.ended() && Clock::now() < deadline) {
    const auto until = std::min(deadline, Clock::now() + kPatience);
    while (!child.ended() && Clock::now() < until) Child::Wait(self, until);
    const std::string endless = child.ended() ? std::string() : FindEndlessFile(child.pid());
    if (endless.empty()) continue;
    return Error{.message =
                     "something that is no regular file is imported: a pipe or a device, "
                     "which has no end",
                 .where = DisplayPath(endless),
                 .hint = "Import a file; look for a symbolic link that leads there."};
  }
  child.Finish(deadline);
  if (!child.timed_out()) return {};
  return Error{.message = "bundling did not end in time",
               .where = "",
               .hint = "Give it longer by --timeout, or `build.timeout` in nano.yaml."};
}

}  // namespace

bool EsbuildRun::failed() const {
  return std::any_of(messages.begin(), messages.end(),
                     [](const EsbuildMessage& message) { return message.is_error; });
}

Result<EsbuildRun> RunEsbuild(const EsbuildJob& job) {
  const std::string input =
      "import * as app from " + JsonString(job.entry.file) + ";\n__nano_app = app;\n";
  std::unique_ptr<LookupRecorder> recorder;
  if (job.record_lookups) recorder = LookupRecorder::Start();
  const std::vector<std::string> arguments = TRY(Arguments(job));
  const auto started = TRY(Child::Run(arguments, job.entry.directory, input, [&recorder] {
    if (recorder) recorder->Enter();
  }));
  if (recorder) recorder->OnStarted();
  Child& child = *started;
  TRY(Await(child, job.context.deadline));
  EsbuildRun run{
      .messages = ParseEsbuildLog(child.errors()), .code = {}, .map = {}, .metafile = {}};
  if (recorder) run.lookups = recorder->Finish(job.context.deadline);
  if (!child.ok()) {
    if (run.failed()) return run;
    return Error{.message = "the bundler (esbuild) failed with " +
                            DescribeEnd(child.signal(), child.status()),
                 .where = "",
                 .hint = child.errors().empty() ? "Install NANO again." : child.errors()};
  }
  run.code = TRY(ReadFile(OutputOf(job)));
  run.map = TRY(ReadFile(OutputOf(job) + ".map"));
  run.metafile = TRY(ReadFile(MetafileOf(job)));
  return run;
}

}  // namespace nano::compiler
