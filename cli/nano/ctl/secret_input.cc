// Standard input, with and without echo.
#include "cli/nano/ctl/secret_input.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/file.h"
#include "base/terminal.h"

namespace nano::cli::ctl {
namespace {

constexpr size_t kMostBytes = 512 * 1024;  // What the API takes.

// Puts the terminal back as it was, also when the user gives up by Ctrl+C.
class WithoutEcho {
 public:
  WithoutEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    if (!changed_) return;
    for (const int signal : kSignals) std::signal(signal, Restore);
  }
  ~WithoutEcho() {
    if (!changed_) return;
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    for (const int signal : kSignals) std::signal(signal, SIG_DFL);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  static void Restore(int signal) {
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    std::signal(signal, SIG_DFL);
    raise(signal);
  }

  static inline termios before_;  // For Restore.
  bool changed_ = false;
};

}  // namespace

Result<std::string> ReadInput(const std::string& what, size_t most, bool one_line) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      return Error{std::string("standard input cannot be read: ") + std::strerror(errno), "", ""};
    }
    if (size == 0) break;
    text.append(buffer, static_cast<size_t>(size));
    if (text.size() > most) {
      return Error{what + " is too long", "", std::to_string(most / 1024) + " KiB are the most."};
    }
    if (one_line && text.ends_with('\n')) break;
  }
  return text;
}

Result<std::string> ReadSecret(const std::optional<std::string>& file, const std::string& what) {
  std::string secret;
  if (file.has_value() && *file != "-") {
    secret = TRY(ReadFile(*file, kMostBytes));
  } else if (IsTerminal(STDIN_FILENO)) {
    // Before it is asked for: what is typed at once would be shown, and lost.
    const WithoutEcho quiet;
    std::fprintf(stderr, "%s (not shown): ", what.c_str());
    std::fflush(stderr);
    secret = TRY(ReadInput("the secret", kMostBytes, true));
  } else {
    secret = TRY(ReadInput("the secret", kMostBytes));
  }
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) {
    return Error{"the secret is empty", "", "To take it away there is `nano ctl secret unset`."};
  }
  return secret;
}

}  // namespace nano::cli::ctl
