// An app's rehearsal: the same evaluation as for its snapshot, watched, in an isolate that lacks
// nothing and is thrown away. And the comparison of the two kinds of isolates.
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/builder/app_evaluation.h"
#include "runtime/builder/build_session.h"
#include "runtime/js/values.h"
#include "runtime/snapshot_builder.h"

namespace nano::runtime {
namespace {

using Purpose = BuildSession::Purpose;

Result<std::string> NamesIn(std::string_view base_blob, Purpose purpose) {
  BuildSession session(base_blob, {}, {}, purpose);
  const v8::HandleScope handles(session.isolate());
  v8::Local<v8::Context> context;
  v8::Local<v8::Value> names;
  if (RestoreBase(session).ToLocal(&context)) {
    const v8::Context::Scope scope(context);
    if (session.hooks().Call(BuildHook::kGlobalNames, context).ToLocal(&names)) {
      return Utf8Of(session.isolate(), names);
    }
  }
  return Error{"the names of the global object could not be listed", "nano:web", ""};
}

template <typename Function>
void ForEachLine(std::string_view text, Function function) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    function(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

// Passes on what is observed, but for variables that warm-up requests look for: of those only what
// the same requests do not look for again, since the app has kept it.
class KeptReads {
 public:
  explicit KeptReads(const std::function<void(const Observation&)>& observe) : observe_(observe) {}

  void Take(Observation observation) {
    if (warmup >= 0 && observation.kind == Observation::Kind::kVariable) {
      if (!again_) return reads_.push_back(std::move(observation));
      std::erase_if(reads_, [&](const Observation& read) {
        return read.what == observation.what && read.stack == observation.stack;
      });
    } else if (!again_) {
      observe_(observation);
    }
  }

  // Whether there is something to find out by asking again. Of many reads the rest is not told.
  bool StartAgain() {
    again_ = true;
    return !reads_.empty() && reads_.size() < kMost;
  }

  void Tell() {
    for (const Observation& read : reads_) observe_(read);
  }

  int warmup = -1;  // Which request is answered; -1: the top level is evaluated.

 private:
  static constexpr size_t kMost = 32;  // Half of what is told at all (app/rehearsal/lazy/watch.ts).

  const std::function<void(const Observation&)>& observe_;
  std::vector<Observation> reads_;
  bool again_ = false;
};

}  // namespace

std::optional<ScriptFailure> RehearseApp(const AppBuild& build,
                                         const std::function<void(const Observation&)>& observe) {
  std::string errors;
  BuildSession session(
      build.base_blob, build.source,
      [&](LogLevel level, std::string_view text) {
        if (level == LogLevel::kError) errors.append(text) += '\n';
      },
      Purpose::kRehearsal, build.limits);
  v8::Isolate* isolate = session.isolate();
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Context> context;
  if (!RestoreBase(session, BuildHook::kWatch, build).ToLocal(&context)) return DamagedBase();
  const v8::Context::Scope scope(context);
  KeptReads reads(observe);
  session.state().observer = [&](int kind, std::string what, std::string stack) {
    reads.Take({.kind = static_cast<Observation::Kind>(kind),
                .what = std::move(what),
                .stack = std::move(stack),
                .warmup = reads.warmup});
  };
  if (auto failure = EvaluateApp(session, context, build)) return failure;
  session.state().phase = Phase::kWarmingUp;
  for (const bool again : {false, true}) {
    if (again && !reads.StartAgain()) break;
    reads.warmup = -1;
    for (const SampleRequest& request : build.warmup) {
      ++reads.warmup;
      WarmUp(session, context, request, errors);
      if (session.Stopped()) return StoppedAtLimit(session);
    }
  }
  reads.Tell();
  session.state().observer = nullptr;
  return std::nullopt;
}

Result<std::string> AbsentNames(std::string_view base_blob) {
  const std::string building = TRY(NamesIn(base_blob, Purpose::kSnapshot));
  const std::string serving = TRY(NamesIn(base_blob, Purpose::kRehearsal));
  std::unordered_set<std::string_view> known;
  ForEachLine(building, [&](std::string_view name) { known.insert(name); });
  std::unordered_set<std::string_view> absent;
  std::string list;
  ForEachLine(serving, [&](std::string_view name) {
    if (known.contains(name)) return;
    absent.insert(name);
    // What is below a name that is absent itself needs no mention.
    const size_t owner = name.rfind('/');
    if (owner != name.npos && absent.contains(name.substr(0, owner))) return;
    list.append(name) += '\n';
  });
  return list;
}

}  // namespace nano::runtime
