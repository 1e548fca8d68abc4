// Restoring the base, running a bundle until it rests, answering a request, and wording failures.
#include "runtime/builder/app_evaluation.h"

#include "base/check.h"
#include "runtime/builder/warmup_exchange.h"
#include "runtime/isolate/isolate_setup.h"
#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

using Kind = ScriptFailure::Kind;

// Timers that a build runs before it takes an app for one that never comes to rest.
constexpr int kMostTimers = 100'000;
// A warm-up request that streams for ever is cut off after as many.
constexpr int kMostWarmupTimers = 1'000;

ScriptFailure FailureOf(v8::Isolate* isolate, v8::Local<v8::Context> context, Kind kind,
                        v8::Local<v8::Value> reason, v8::Local<v8::Message> message) {
  ScriptFailure failure;
  failure.kind = kind;
  const v8::TryCatch ignored(isolate);  // Reading a hostile error may throw again.
  if (reason->IsNativeError()) {
    // "Uncaught TypeError: …" without its first word; unlike String(error) it cannot be overridden.
    failure.message = Utf8Of(isolate, v8::Exception::CreateMessage(isolate, reason)->Get());
    constexpr std::string_view kUncaught = "Uncaught ";
    if (failure.message.starts_with(kUncaught)) failure.message.erase(0, kUncaught.size());
    // One whose message is made when it is asked for has only its name in there.
    v8::Local<v8::Value> said;
    if (failure.message.find(':') == std::string::npos &&
        reason.As<v8::Object>()->Get(context, OneByteString(isolate, "message")).ToLocal(&said) &&
        said->IsString() && said.As<v8::String>()->Length() > 0 &&
        Utf8Of(isolate, said) != failure.message) {
      failure.message += ": " + Utf8Of(isolate, said);
    }
    v8::Local<v8::Value> stack;
    if (reason.As<v8::Object>()->Get(context, OneByteString(isolate, "stack")).ToLocal(&stack) &&
        stack->IsString()) {
      failure.stack = Utf8Of(isolate, stack);
    }
  } else {
    failure.message = "a value that is no Error: " + Utf8Of(isolate, reason);
  }
  if (!message.IsEmpty()) {
    failure.line = message->GetLineNumber(context).FromMaybe(0);
    if (failure.line > 0) failure.column = message->GetStartColumn(context).FromMaybe(-1) + 1;
  }
  return failure;
}

}  // namespace

ScriptFailure DamagedBase() {
  return {.kind = Kind::kEngine, .message = "the base snapshot is damaged"};
}

v8::MaybeLocal<v8::Context> RestoreBase(
    BuildSession& session, const std::vector<std::pair<std::string, std::string>>& variables) {
  v8::Isolate* isolate = session.isolate();
  v8::EscapableHandleScope handles(isolate);
  v8::Local<v8::Context> context;
  if (!v8::Context::FromSnapshot(isolate, 0).ToLocal(&context)) return {};
  const v8::Context::Scope scope(context);
  if (!session.hooks().Restore(context).ok()) return {};
  // As at every boot, where nothing is left to be compiled then.
  std::vector<v8::Local<v8::Value>> pairs;
  for (const auto& [name, value] : variables) {
    for (const std::string* text : {&name, &value}) {
      v8::Local<v8::String> string;
      if (!Utf8String(isolate, *text).ToLocal(&string)) return {};
      pairs.push_back(string);
    }
  }
  const v8::Local<v8::Value> env = v8::Array::New(isolate, pairs.data(), pairs.size());
  const v8::Local<v8::Value> no_services = v8::Array::New(isolate);
  const v8::Local<v8::Value> no_assets = v8::String::Empty(isolate);
  if (session.hooks().Call(Hook::kSetEnv, context, env, no_services, no_assets).IsEmpty() ||
      session.hooks().Call(Hook::kResume, context).IsEmpty()) {
    return {};
  }
  return handles.Escape(context);
}

v8::MaybeLocal<v8::Context> RestoreBase(BuildSession& session, BuildHook prepare,
                                        const AppBuild& build) {
  v8::Isolate* isolate = session.isolate();
  v8::EscapableHandleScope handles(isolate);
  v8::Local<v8::Context> context;
  v8::Local<v8::String> names;
  if (!RestoreBase(session, build.variables).ToLocal(&context) ||
      !Utf8String(isolate, build.absent).ToLocal(&names)) {
    return {};
  }
  const v8::Context::Scope scope(context);
  const v8::TryCatch ignored(isolate);
  if (session.hooks().Call(prepare, context, names.As<v8::Value>()).IsEmpty()) return {};
  return handles.Escape(context);
}

ScriptFailure Caught(v8::Isolate* isolate, v8::Local<v8::Context> context, Kind kind,
                     const v8::TryCatch& caught) {
  if (!caught.HasCaught())
    return {.kind = Kind::kEngine, .message = "the engine stopped the script"};
  return FailureOf(isolate, context, kind, caught.Exception(), caught.Message());
}

namespace {

std::optional<ScriptFailure> Evaluate(BuildSession& session, v8::Local<v8::Context> context,
                                      const AppBuild& build) {
  v8::Isolate* isolate = session.isolate();
  const v8::TryCatch caught(isolate);
  v8::ScriptOrigin origin(OneByteString(isolate, build.script_name));
  v8::ScriptCompiler::Source source(session.app_source()->NewString(isolate).ToLocalChecked(),
                                    origin);
  v8::Local<v8::Script> script;
  const auto options =
      build.compile_all ? v8::ScriptCompiler::kEagerCompile : v8::ScriptCompiler::kNoCompileOptions;
  if (!v8::ScriptCompiler::Compile(context, &source, options).ToLocal(&script)) {
    return Caught(isolate, context, Kind::kSyntax, caught);
  }
  v8::Local<v8::Value> result;
  if (build.takes_platform && session.hooks().Call(BuildHook::kOfferPlatform, context).IsEmpty()) {
    return Caught(isolate, context, Kind::kEngine, caught);
  }
  if (!script->Run(context).ToLocal(&result)) return Caught(isolate, context, Kind::kThrew, caught);
  if (!result->IsPromise()) {
    return ScriptFailure{.kind = Kind::kEngine, .message = "the bundle gave no promise"};
  }
  const auto promise = result.As<v8::Promise>();
  promise->MarkAsHandled();  // A rejection is reported here, not as an unhandled one.
  session.RunUntil(
      context, [&] { return promise->State() != v8::Promise::kPending; }, kMostTimers);
  // No script is to run any more; the caller tells why.
  if (session.state().stop.stopped()) return std::nullopt;
  // The promise then follows whatever that function made of the app.
  if (v8::Local<v8::Value> then;
      v8::Object::New(isolate)->Get(context, OneByteString(isolate, "then")).ToLocal(&then) &&
      then->IsFunction()) {
    return ScriptFailure{.kind = Kind::kThenable,
                         .message =
                             "the app sets Object.prototype.then: whatever is awaited, or "
                             "resolves a promise, is taken for a promise itself"};
  }
  switch (promise->State()) {
    case v8::Promise::kPending:
      return ScriptFailure{.kind = Kind::kNeverSettled,
                           .message = "a top-level await waits for something that never happens"};
    case v8::Promise::kRejected: {
      const v8::Local<v8::Value> reason = promise->Result();
      return FailureOf(isolate, context, Kind::kRejected, reason,
                       v8::Exception::CreateMessage(isolate, reason));
    }
    case v8::Promise::kFulfilled:
      break;
  }
  // What was started and not awaited counts as the top level, too, but for what waits for a timer.
  session.RunUntil(
      context, [] { return false; }, 0);
  if (session.hooks().Call(Hook::kSetApp, context, promise->Result()).IsEmpty()) {
    ScriptFailure failure = Caught(isolate, context, Kind::kNoHandler, caught);
    failure.line = failure.column = 0;  // Where the runtime threw is of no interest.
    failure.stack.clear();
    return failure;
  }
  return std::nullopt;
}

}  // namespace

ScriptFailure StoppedAtLimit(BuildSession& session) {
  const Stop& stop = session.state().stop.stop();
  NANO_CHECK(session.state().stop.stopped());
  return {.kind = stop.reason == StopReason::kMemory ? Kind::kMemory : Kind::kExternal,
          .message = Describe(stop),
          .stack = stop.stack};
}

std::optional<ScriptFailure> EvaluateApp(BuildSession& session, v8::Local<v8::Context> context,
                                         const AppBuild& build) {
  std::optional<ScriptFailure> failure = Evaluate(session, context, build);
  // Whatever it looked like from within.
  if (session.Stopped()) return StoppedAtLimit(session);
  return failure;
}

WarmupOutcome WarmUp(BuildSession& session, v8::Local<v8::Context> context,
                     const SampleRequest& request, const std::string& logged) {
  const v8::HandleScope handles(session.isolate());
  const v8::TryCatch caught(session.isolate());
  WarmupExchange exchange(request, session.hooks(), session.isolate());
  const size_t log_before = logged.size();
  const uint32_t id = session.state().exchanges.Add(&exchange);
  exchange.Start(context, id);
  session.RunUntil(
      context, [&] { return exchange.ended(); }, kMostWarmupTimers);
  WarmupOutcome outcome{.status = exchange.status(), .problem = {}};
  if (!exchange.ended()) {
    session.state().exchanges.Take(id);
    (void)session.hooks().Call(Hook::kAborted, context,
                               v8::Integer::NewFromUnsigned(session.isolate(), id).As<v8::Value>(),
                               v8::Integer::New(session.isolate(), 0).As<v8::Value>(),
                               v8::String::Empty(session.isolate()).As<v8::Value>());
    FinishTurn(context);
    outcome.problem = "the response did not come to an end";
  } else if (exchange.status() == 0) {
    outcome.problem = logged.substr(log_before);  // The runtime logs why a handler failed.
  }
  return outcome;
}

}  // namespace nano::runtime
