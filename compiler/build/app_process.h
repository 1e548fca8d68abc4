// The process that builds one app, seen from the one that builds all.
// Thread: the process's only one.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "compiler/build/app_build.h"
#include "compiler/process/child.h"
#include "compiler/report/app_result.h"
#include "config/config.h"
#include "snapshot/container.h"

namespace nano::compiler {

class AppProcess {
 public:
  // Begins to build the app. Of `common`, what all apps share, the scratch folder is the one that
  // the app's own is made in, and the deadline is set here; what it refers to outlives the process.
  static Result<std::unique_ptr<AppProcess>> Start(const config::AppSettings& app,
                                                   const BuildContext& common);

  Child& child() { return *child_; }

  // Reads what the child has written since the last call. True: the app is done, see result().
  bool Update();

  const std::string& name() const { return name_; }
  const std::string& step() const { return step_; }  // What it does now: "bundling".
  const AppResult& result() const { return result_; }

 private:
  AppProcess() = default;
  void ReadLine(std::string_view line);

  std::string name_;
  std::unique_ptr<Child> child_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_moment_;  // The child stops itself before that.
  size_t read_ = 0;                // Bytes of the child's output that were looked at.
  std::string step_ = "starting";
  bool done_ = false;
  AppResult result_;
};

}  // namespace nano::compiler
