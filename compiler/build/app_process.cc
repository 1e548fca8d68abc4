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

// For what a step does after its deadline, before the whole process is killed.
constexpr auto kGrace = std::chrono::seconds(5);

}  // namespace

Result<std::unique_ptr<AppProcess>> AppProcess::Start(const config::AppSettings& app,
                                                      const BuildContext& common) {
  std::unique_ptr<AppProcess> process(new AppProcess);
  process->name_ = app.name;
  BuildContext context = common;
  context.step.scratch += "/" + app.name;
  context.step.deadline = process->started_ + context.timeout;
  process->last_moment_ = context.step.deadline + kGrace;
  TRY(MakeDirectories(context.step.scratch));
  process->child_ = TRY(Child::Fork([&](int output) {
    const AppResult result = BuildApp(app, context, [output](std::string_view step) {
      WriteAll(output, std::string(kStep).append(step).append("\n"));
    });
    return WriteAll(output, std::string(kDone) + SerializeAppResult(result) + "\n") ? 0 : 1;
  }));
  return process;
}

bool AppProcess::Update() {
  const std::string& output = child_->output();
  for (size_t end; (end = output.find('\n', read_)) != std::string::npos; read_ = end + 1) {
    ReadLine(std::string_view(output).substr(read_, end - read_));
  }
  if (!child_->ended() && Clock::now() >= last_moment_) child_->Finish(last_moment_);
  if (!done_ && child_->ended()) {
    const std::string end = DescribeEnd(child_->signal(), child_->status());
    result_.errors = {
        {.message = child_->timed_out() ? "the build did not end in time and was stopped"
                                        : "the build's process ended unexpectedly (" + end + ")",
         .where = "",
         .hint = !child_->errors().empty() ? child_->errors()
                 : child_->timed_out()
                     ? "It was " + step_ +
                           ". Give it longer by --timeout, or `build.timeout` in nano.yaml."
                     : "This is a bug in NANO."}};
    done_ = true;
  }
  if (!done_) return false;
  result_.name = name_;
  result_.build_ms = std::chrono::duration<double, std::milli>(Clock::now() - started_).count();
  return true;
}

void AppProcess::ReadLine(std::string_view line) {
  if (line.starts_with(kStep)) {
    step_ = line.substr(kStep.size());
  } else if (line.starts_with(kDone)) {
    Result<AppResult> result = ParseAppResult(line.substr(kDone.size()));
    if (result.ok()) {
      result_ = std::move(*result);
    } else {
      result_.errors = {std::move(result).error()};
    }
    done_ = true;
  }
}

}  // namespace nano::compiler
