// An isolate restored from the base snapshot alone that runs classic scripts, as the Web Platform
// Tests' shell needs it. No app, no requests: the Web APIs and what the program defines besides.
//
// Owns the isolate, its context and the functions that were defined for it. Thread: made, used and
// destroyed on one. This header shows no V8 type: V8's headers stay in the runtime.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/embedder.h"
#include "runtime/image.h"

namespace nano::runtime {

class ScriptIsolate {
 public:
  struct Options {
    const AppImage* image = nullptr;  // The base snapshot's; outlives the isolate.
    Embedder embedder;                // Its ports outlive the isolate.
  };

  struct Script {
    std::string name;    // As stacks call it.
    std::string source;  // UTF-8.
  };

  // Gets the arguments, converted to strings in UTF-8. The result reaches the script as an
  // ArrayBuffer; an error is thrown there as an Error.
  using NativeFunction = std::function<Result<std::string>(const std::vector<std::string>&)>;

  // Fails if the image is not one of this engine's.
  static Result<std::unique_ptr<ScriptIsolate>> Boot(Options options);
  ~ScriptIsolate();
  ScriptIsolate(const ScriptIsolate&) = delete;
  ScriptIsolate& operator=(const ScriptIsolate&) = delete;

  // Makes `function` a property of the global object.
  void Define(const std::string& name, NativeFunction function);

  // Runs scripts one after the other in one turn: microtasks wait until the last one has run. What
  // a script throws, and the SyntaxError of one that does not parse, is reported as by
  // reportError().
  void Run(const std::vector<Script>& scripts);

  // Collects all garbage. May be called by a native function.
  void CollectGarbage();

  // Runs the timers that are due; called as TimerPort::ArmTimer asked.
  void FireTimers();

  // Runs what the engine has queued for this thread; called as WakePort::Wake asked.
  void RunTasks();

 private:
  struct Impl;
  explicit ScriptIsolate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace nano::runtime
