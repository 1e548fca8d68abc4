// Running esbuild, as often as it takes to know how, and finishing what it wrote.
#include "compiler/bundle/bundler.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "compiler/bundle/bundle_errors.h"
#include "compiler/bundle/bundle_form.h"
#include "compiler/bundle/bundle_text.h"
#include "compiler/bundle/data_imports.h"
#include "compiler/bundle/decorator_metadata.h"
#include "compiler/bundle/metafile.h"
#include "compiler/bundle/missing_modules.h"
#include "compiler/bundle/module_layout.h"
#include "compiler/bundle/package_maps.h"
#include "compiler/bundle/platform_modules.h"
#include "compiler/bundle/wasm_imports.h"
#include "compiler/project/jsx_runtime.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

// What esbuild says of sloppy mode in its strict output format.
constexpr std::string_view kStrictFormat = "\"esm\" output format due to strict mode";
constexpr std::string_view kNoAwait = "Top-level await is currently not supported";

// Of the function that strict code is in, beside sloppy code.
constexpr std::string_view kStrictEnd = "})(); ";

std::string PercentEncoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("-._~/").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

// The specifier, if nobody could find that module: it is a platform's.
std::string MissingPlatformModule(const EsbuildMessage& message) {
  if (!message.is_error || !message.text.starts_with(kUnresolved)) return {};
  std::string specifier = message.text.substr(kUnresolved.size());
  specifier.resize(std::min(specifier.find('"'), specifier.size()));
  return IsPlatformSpecifier(specifier) ? specifier : std::string();
}

// What packages ask for is their own business; they look whether they get it.
bool IsOfPackage(const EsbuildMessage& message) {
  return message.place.file.find("node_modules/") != std::string::npos;
}

// A module whose exports say, when they are used, that NANO does not have it. False: it is
// there already.
bool AddPlatformModule(const EsbuildMessage& message, const std::string& specifier, EsbuildJob& job,
                       std::vector<Error>& warnings) {
  if (!job.platform.insert(specifier).second) return false;
  if (IsOfPackage(message)) return true;
  Error warning = ExplainBundleMessage(message, job.entry.directory, job.context.color);
  warning.message = "\"" + specifier + "\" is a module that NANO does not have";
  warning.hint =
      "What it exports throws when it is used. docs/workers.md says what there is instead.";
  warnings.push_back(std::move(warning));
  return true;
}

// What esbuild has to be told, and could not be before it was asked. False: nothing new.
bool LearnFrom(const EsbuildRun& run, EsbuildJob& job, std::vector<Error>& warnings) {
  bool learned = false;
  for (const EsbuildMessage& message : run.messages) {
    if (message.id == "unsupported-jsx-comment" && !job.jsx_import_source.empty()) {
      job.jsx_import_source.clear();
      learned = true;
    }
    if (message.is_error && message.text.find(kStrictFormat) != std::string::npos &&
        !job.sloppy_syntax) {
      job.sloppy_syntax = learned = true;
    }
    if (const std::string module = MissingPlatformModule(message); !module.empty()) {
      learned |= AddPlatformModule(message, module, job, warnings);
      continue;
    }
    const std::string missing = MissingAtRunTime(message, job.entry.directory);
    if (missing.empty()) continue;
    if (std::find(job.external.begin(), job.external.end(), missing) == job.external.end()) {
      job.external.push_back(missing);
      learned = true;
    }
    if (IsOfPackage(message)) continue;
    Error warning = ExplainBundleMessage(message, job.entry.directory, job.context.color);
    warning.message += "; it throws where it is asked for";
    warnings.push_back(std::move(warning));
  }
  return learned;
}

// Errors that no other way of running esbuild would mend.
bool IsFinal(const EsbuildMessage& message, const EsbuildJob& job) {
  return message.is_error && MissingPlatformModule(message).empty() &&
         MissingAtRunTime(message, job.entry.directory).empty() &&
         message.text.find(kStrictFormat) == std::string::npos;
}

Error Explain(const EsbuildMessage& message, const EsbuildJob& job) {
  Error error = ExplainBundleMessage(message, job.entry.directory, job.context.color);
  if (job.sloppy_syntax && message.text.starts_with(kNoAwait)) {
    error.message =
        "top-level await cannot be used beside a CommonJS module that strict mode "
        "forbids (by `with`, an octal escape or the like)";
    error.hint = "Await inside a function, or replace the package.";
  }
  return error;
}

// The script around the modules. `modules` declares the .wasm files that the app imports, if there
// are any: then its result is a list of the namespace and of them.
std::string Assemble(const ModuleLayout& layout, const EntryPoint& entry, const Metafile& metafile,
                     const std::string& modules) {
  std::string live;
  for (const LiveObject& object : kLiveObjects) {
    if (layout.code.find(object.variable) == std::string::npos) continue;
    live.append("const ").append(object.variable).append(" = ").append(kPlatformCall);
    live.append("\"").append(object.name).append("\"); ");
  }
  const bool takes_platform = !live.empty() || layout.code.find(kPlatformCall) != std::string::npos;
  std::string begin(takes_platform ? kPlatformBundleBegin : kBundleBegin);
  if (!layout.sloppy) begin += " \"use strict\";";
  begin += " let __nano_app; " + modules + live;
  begin += "const __NANO_IMPORT_META__ = { __proto__: null, url: \"file:///" +
           PercentEncoded(entry.shown) + "\" }; ";
  if (layout.code.find("require") != std::string::npos) begin += RequireDeclaration(metafile);
  for (const std::string& name : layout.declared) begin += "let " + name + "; ";
  begin += '\n';
  std::string_view middle = layout.code;
  middle.remove_prefix(kFirstLine.size());
  middle.remove_suffix(kLastLine.size());
  std::string end(modules.empty() ? kReturnApp : kReturnAppAndModules);
  end += ' ';
  if (layout.sloppy) end += kStrictEnd;
  end += takes_platform ? kPlatformBundleEnd : kBundleEnd;
  return begin.append(middle).append(end).append("\n");
}

Result<void> Finish(EsbuildRun run, const EsbuildJob& job, const Metafile& metafile,
                    Bundle& bundle) {
  const std::string& scratch = job.context.scratch;
  run.code = WithDataBuffers(std::move(run.code), job.settings);
  ModuleLayout layout = TRY(ArrangeModules(run.code, metafile, job.entry.directory));
  WasmImports imports = TRY(EmbedWasmModules(std::move(layout.code), scratch, run.metafile));
  layout.code = std::move(imports.code);
  bundle.code = ShortenPackagePaths(Assemble(layout, job.entry, metafile, imports.declaration));
  const std::string sources = ShortenPackageSources(
      AnchorMissingSources(std::move(run.map), scratch, metafile, job.entry.directory), scratch,
      job.entry.directory);
  for (const bool keep_contents : {false, true}) {
    (keep_contents ? bundle.full_map : bundle.map) =
        TRY(runtime::EncodeSourceMap(sources, {.map_directory = scratch,
                                               .base_directory = job.entry.directory,
                                               .keep_contents = keep_contents,
                                               .moved_lines = layout.moved_lines}));
  }
  return {};
}

class Bundler {
 public:
  Bundler(const std::string& name, const EntryPoint& entry, const StepContext& context,
          const config::BundleSettings& settings)
      : entry_(entry),
        context_(context),
        script_name_(name + ".js"),
        job_{.entry = entry,
             .script_name = script_name_,
             .context = context,
             .settings = settings,
             .jsx_import_source =
                 settings.jsx_factory.empty() ? FindJsxRuntime(entry.directory) : std::string(),
             .platform = {std::string(kPlatformModule)},
             .record_lookups = context.record_lookups} {
    result_.bundle.script_name = script_name_;
    result_.bundle.directory = entry.directory;
  }

  BundleResult Run() {
    for (;;) {
      Result<EsbuildRun> run = RunEsbuild(job_);
      if (!run.ok()) {
        Fail(std::move(run).error());
        break;
      }
      AddLookups(*run);
      const bool hopeless =
          std::any_of(run->messages.begin(), run->messages.end(),
                      [this](const EsbuildMessage& message) { return IsFinal(message, job_); });
      if (!hopeless && LearnFrom(*run, job_, result_.warnings)) continue;
      Tell(run->messages, hopeless);
      if (result_.errors.empty()) Conclude(std::move(run).value());
      break;
    }
    return std::move(result_);
  }

 private:
  void Fail(Error error) {
    if (error.where.empty()) error.where = DisplayPath(entry_.directory);
    result_.errors.push_back(std::move(error));
  }

  // Of all runs; none once those of one are not known.
  void AddLookups(const EsbuildRun& run) {
    if (!run.lookups) {
      lookups_.reset();
    } else if (lookups_) {
      lookups_->insert(run.lookups->begin(), run.lookups->end());
    }
  }

  // Where nothing can be mended, what could be is not what stands in the way.
  void Tell(const std::vector<EsbuildMessage>& messages, bool hopeless) {
    for (const EsbuildMessage& message : messages) {
      if (hopeless && message.is_error && !IsFinal(message, job_)) continue;
      (message.is_error ? result_.errors : result_.warnings).push_back(Explain(message, job_));
    }
  }

  // esbuild has done its part.
  void Conclude(EsbuildRun run) {
    Metafile metafile = Metafile::Parse(run.metafile, script_name_);
    result_.errors = MissingStaticImports(metafile, entry_.directory, context_.color);
    if (!result_.errors.empty()) return;
    for (Error& warning :
         MissingDecoratorMetadata(run.code, metafile, entry_.directory, context_.color)) {
      result_.warnings.push_back(std::move(warning));
    }
    if (const auto done = Finish(std::move(run), job_, metafile, result_.bundle); !done.ok()) {
      return Fail(done.error());
    }
    result_.metafile = std::move(metafile);
    if (lookups_) result_.lookups.emplace(lookups_->begin(), lookups_->end());
  }

  const EntryPoint& entry_;
  const StepContext& context_;
  const std::string script_name_;
  EsbuildJob job_;
  std::optional<std::set<FileLookup>> lookups_{std::in_place};
  BundleResult result_;
};

}  // namespace

BundleResult BundleApp(const std::string& name, const EntryPoint& entry, const StepContext& context,
                       const config::BundleSettings& settings) {
  return Bundler(name, entry, context, settings).Run();
}

}  // namespace nano::compiler
