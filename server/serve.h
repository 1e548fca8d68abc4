// `nano serve`: serves the apps that nanoc has built.
//
// The main thread reads the settings, becomes the supervisor, and in forked children a worker each.
// Blocks until the server is stopped. Thread: the process's only one.
#pragma once

#include "server/serve_options.h"

namespace nano::server {

// Before anything else in a process that is going to serve: workers write their titles over the
// original arguments. What to read instead of them.
char** CopyArguments(int argc, char** argv);

// The exit status: 0 if the server was stopped; 1 if it could not start (standard error says why),
// or did not stop in time.
int Serve(const ServeOptions& options);

}  // namespace nano::server
