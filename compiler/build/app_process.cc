// The child's pipe carries a line for each step, "step NAME", and one for the end, "done JSON".
#include "compiler/build/app_process.h"

#include <string_view>
#include <utility>

#include "base/file.h"
#include "compiler/build/app_build.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kStep = "step ";
constexpr std::string_view kDone = "done ";

// For what a step does after its deadline, before the whole job is killed.
constexpr auto kGrace = std::chrono::seconds(5);

}  // namespace

Result<std::unique_ptr<Job>> Job::Start(const config::AppSettings& app, BuildContext common,
                                        std::chrono::milliseconds timeout) {
  std::unique_ptr<Job> job(new Job);
  job->name_ = app.name;
  BuildContext context = std::move(common);
  context.scratch += "/" + app.name;
  context.deadline = job->started_ + timeout;
  job->last_moment_ = context.deadline + kGrace;
  if (Result<void> made = MakeDirectories(context.scratch); !made) return std::move(made).error();
  auto child = Child::Fork([&](int output) {
    const AppResult result = BuildApp(app, context, timeout, [output](std::string_view step) {
      WriteAll(output, std::string(kStep).append(step).append("\n"));
    });
    return WriteAll(output, std::string(kDone) + SerializeAppResult(result) + "\n") ? 0 : 1;
  });
  if (!child) return std::move(child).error();
  job->child_ = std::move(*child);
  return job;
}

bool Job::Update() {
  const std::string& output = child_->output();
  for (size_t end; (end = output.find('\n', read_)) != std::string::npos; read_ = end + 1) {
    ReadLine(std::string_view(output).substr(read_, end - read_));
  }
  if (!child_->ended() && Clock::now() >= last_moment_) child_->Finish(last_moment_);
  if (!done_ && child_->ended()) {
    const std::string end = child_->signal() != 0 ? "signal " + std::to_string(child_->signal())
                                                  : "status " + std::to_string(child_->status());
    result_.errors = {
        {.message = child_->timed_out() ? "the build did not end in time and was stopped"
                                        : "the build's process ended unexpectedly (" + end + ")",
         .where = "",
         .hint = child_->errors().empty() ? "This is a bug in NANO." : child_->errors()}};
    done_ = true;
  }
  if (!done_) return false;
  result_.name = name_;
  result_.build_ms = std::chrono::duration<double, std::milli>(Clock::now() - started_).count();
  return true;
}

void Job::ReadLine(std::string_view line) {
  if (line.starts_with(kStep)) {
    step_ = line.substr(kStep.size());
  } else if (line.starts_with(kDone)) {
    Result<AppResult> result = ParseAppResult(line.substr(kDone.size()));
    if (result) {
      result_ = std::move(*result);
    } else {
      result_.errors = {std::move(result).error()};
    }
    done_ = true;
  }
}

}  // namespace nano::compiler
