// The port that tells how far an app's start has come. Thread: the isolate's.
#pragma once

namespace nano::runtime {

class LoadingPort {
 public:
  virtual ~LoadingPort() = default;

  // The app was one that is evaluated at its first request (compiler's deferred apps), and has
  // been. By default that is no news to anybody.
  virtual void Loaded() {}
  // What AppIsolate::Load began has failed; the log gets the reason. Inside a call into the
  // isolate.
  virtual void NotLoaded() {}
};

}  // namespace nano::runtime
