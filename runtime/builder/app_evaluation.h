// An app's bundle, evaluated in the isolate of a build: what the snapshot's builder and the
// rehearsal share. Owns nothing. Thread: the one that builds.
#pragma once

#include <v8.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/builder/build_session.h"
#include "runtime/snapshot_builder.h"

namespace nano::runtime {

// The base snapshot's context, ready for an app; empty if the snapshot is damaged.
v8::MaybeLocal<v8::Context> RestoreBase(
    BuildSession& session, const std::vector<std::pair<std::string, std::string>>& variables = {});
// The same for this app, prepared by a hook that takes the names of what V8 lacks while it makes a
// snapshot.
v8::MaybeLocal<v8::Context> RestoreBase(BuildSession& session, BuildHook prepare,
                                        const AppBuild& build);

ScriptFailure DamagedBase();

// Runs the bundle and everything that its top level starts, and registers the app. Nothing on
// success.
std::optional<ScriptFailure> EvaluateApp(BuildSession& session, v8::Local<v8::Context> context,
                                         const AppBuild& build);

// Answers one request. `logged` is what the app has logged as errors so far, and goes on to be.
WarmupOutcome WarmUp(BuildSession& session, v8::Local<v8::Context> context,
                     const SampleRequest& request, const std::string& logged);

// What is to be told of an app that has reached a limit.
ScriptFailure StoppedAtLimit(BuildSession& session);

// What `caught` holds, in words.
ScriptFailure Caught(v8::Isolate* isolate, v8::Local<v8::Context> context, ScriptFailure::Kind kind,
                     const v8::TryCatch& caught);

}  // namespace nano::runtime
