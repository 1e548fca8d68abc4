// Begins and ends recordings. See profiling.h for ownership and threads.
#include "server/worker/profiling.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/file.h"

namespace nano::server {
namespace {

// Takes a profile into a file; `error` says what kept it from that.
bool WriteTo(int fd, std::string_view part, std::string& error) {
  if (WriteAll(fd, part)) return true;
  error = std::string("It could not be written: ") + std::strerror(errno);
  return false;
}

}  // namespace

Profiling::~Profiling() {
  if (recording_ != nullptr) Cancel(recording_->token);
}

void Profiling::Start(const ProfileStart& start, Descriptor file) {
  if (std::string error = StartIn(start, file); !error.empty()) {
    tell_({.token = start.token, .error = std::move(error)});
  } else if (start.heap) {
    tell_({.token = start.token, .error = {}});
  }
}

// What is wrong; empty: nothing.
std::string Profiling::StartIn(const ProfileStart& start, Descriptor& file) {
  if (file.get() < 0) return "There is no file for it.";
  if (recording_ != nullptr) return "A profile is being made in this worker already.";
  const Route* const route = router_.FindApp(start.app);
  if (route == nullptr || route->slot == nullptr) return "The app is not served any more.";
  if (route->slot->version().files_alone()) return "The app has no code, but files alone.";
  runtime::AppIsolate* const isolate = route->slot->Acquire();
  if (isolate == nullptr) {
    return "The app cannot be run now; the server's log, or an answer of the app, says why.";
  }
  if (!start.heap) {
    Record(route->slot->version(), *isolate, start, std::move(file));
    return {};
  }
  std::string error;
  const auto write = [&](std::string_view part) { return WriteTo(file.get(), part, error); };
  if (isolate->WriteHeapSnapshot(write)) return {};
  return error.empty() ? "The engine gave no snapshot." : error;
}

void Profiling::Record(const AppVersion& version, runtime::AppIsolate& isolate,
                       const ProfileStart& start, Descriptor file) {
  recording_.reset(new Recording{.token = start.token,
                                 .file = std::move(file),
                                 .isolate = &isolate,
                                 .script_name = version.script_name,
                                 .map = runtime::SourceMap(version.image.source_map),
                                 .timer = net::Timer(loop_, [this] { Finish(); }),
                                 .before_waiting = net::Prepare(loop_, [this] { SetIdle(true); }),
                                 .after_waiting = net::Check(loop_, [this] { SetIdle(false); })});
  isolate.BeginProfile([this] { OnGone(); });
  recording_->timer.Start(uint64_t{start.seconds} * 1000);
  recording_->before_waiting.Start();
  recording_->before_waiting.Unref();
  recording_->after_waiting.Start();
  recording_->after_waiting.Unref();
}

void Profiling::SetIdle(bool idle) {
  if (recording_->isolate != nullptr) recording_->isolate->SetIdle(idle);
}

// In the middle of the isolate's end.
void Profiling::OnGone() {
  recording_->isolate = nullptr;
  recording_->timer.Start(0);
}

void Profiling::Finish() {
  const std::unique_ptr<Recording> ended = std::move(recording_);
  if (ended->isolate == nullptr) {
    return tell_({.token = ended->token,
                  .error = "The app's isolate ended meanwhile: it was stopped at a limit, given "
                           "up because nobody needed it, or another version took its place. If it "
                           "is `limits.cpu` that stops it, give the app more for the recording: "
                           "`nano ctl limits APP cpu=0s` is no bound, `cpu=default` what it was."});
  }
  std::string error;
  const auto write = [&](std::string_view part) { return WriteTo(ended->file.get(), part, error); };
  const runtime::ProfileSink sink = write;
  const runtime::ProfileSources sources{.script_name = ended->script_name, .map = ended->map};
  if (!ended->isolate->EndProfile(sources, &sink) && error.empty()) {
    error = "The engine gave no profile.";
  }
  tell_({.token = ended->token, .error = std::move(error)});
}

void Profiling::Cancel(uint64_t token) {
  if (recording_ == nullptr || recording_->token != token) return;
  const std::unique_ptr<Recording> ended = std::move(recording_);
  if (ended->isolate == nullptr) return;
  ended->isolate->EndProfile({.script_name = ended->script_name, .map = ended->map}, nullptr);
}

}  // namespace nano::server
