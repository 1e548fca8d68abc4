// One part after the other: a part may need what a later one takes away.
#include "server/sandbox/sandbox.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "server/sandbox/capabilities.h"
#include "server/sandbox/errno_reason.h"
#include "server/sandbox/landlock.h"
#include "server/sandbox/readable_files.h"
#include "server/sandbox/resource_limits.h"
#include "server/sandbox/seccomp_filter.h"

namespace nano::server {
namespace {

class Reporter {
 public:
  void Add(const std::string& part, const Result<void>& done) {
    if (done.ok()) return Append(report_.in_force, part);
    Append(report_.missing, part + " (" + done.error().message + ")");
  }
  void Add(const std::string& part, const Result<int>& version) {
    if (!version.ok()) return Add(part, Result<void>(version.error()));
    Append(report_.in_force, part + " " + std::to_string(*version));
  }
  SandboxReport Take() { return std::move(report_); }

 private:
  static void Append(std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ", ") + item;
  }
  SandboxReport report_;
};

// Both of the others need it, where nobody is root.
Result<void> GainNothing() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoReason();
  return {};
}

}  // namespace

SandboxReport EnterSandbox(const SandboxOptions& options) {
  Reporter reporter;
  reporter.Add("no_new_privs", GainNothing());
  reporter.Add("limits", LimitResources(options.connections));
  reporter.Add("landlock", RestrictFiles(ReadableFiles(), options.writable));
  reporter.Add("capabilities", DropCapabilities());
  reporter.Add("seccomp", FilterSystemCalls(getpid(), options.writable.empty() ? Filter::kReads
                                                                               : Filter::kWrites));
  return reporter.Take();
}

}  // namespace nano::server
