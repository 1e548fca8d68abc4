// What programs find where somebody looks at a terminal: the terminal, and variables.
//
// Owns both ends of the terminal, and what the variables were. Thread: any one.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <optional>
#include <string>

namespace nano::test {

// Sets a variable of the environment, or removes it, until the end of the scope.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* old = getenv(name)) old_ = old;
    if (value == nullptr) {
      unsetenv(name);
    } else {
      setenv(name, value, 1);
    }
  }
  ~ScopedVariable() {
    if (old_) {
      setenv(name_, old_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

// A pseudo terminal: what is written to its stream can be read back.
class PseudoTerminal {
 public:
  PseudoTerminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    stream_ = fopen(ptsname(master_), "w");
    REQUIRE(stream_ != nullptr);
    winsize size{};
    size.ws_col = 20;
    REQUIRE(ioctl(master_, TIOCSWINSZ, &size) == 0);
    REQUIRE(fcntl(master_, F_SETFL, O_NONBLOCK) == 0);
  }
  ~PseudoTerminal() {
    fclose(stream_);
    close(master_);
  }
  std::FILE* stream() { return stream_; }
  int fd() { return fileno(stream_); }
  std::string Read() {
    char buffer[1024];
    const ssize_t count = read(master_, buffer, sizeof(buffer));
    return {buffer, count < 0 ? 0 : static_cast<size_t>(count)};
  }

 private:
  int master_;
  std::FILE* stream_ = nullptr;
};

}  // namespace nano::test
