// `nano ctl`: the admin API's client. Thread: the process's only one, once.
#pragma once

#include "cli/nano/ctl/options.h"

namespace nano::cli::ctl {

// The program's exit status.
int Run(const Options& options);

}  // namespace nano::cli::ctl
