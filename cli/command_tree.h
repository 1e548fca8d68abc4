// What can be written after a program's name: its commands, with their options and arguments, as
// plain data. For the scripts by which shells complete them. Thread-safe as any value type.
#pragma once

#include <string>
#include <vector>

namespace nano::cli {

struct Command {
  // Or an argument, which has no spellings.
  struct Option {
    std::vector<std::string> spellings{};  // "--listen", "-l".
    std::string description;
    // What its value is called, and so what it can be: "FILE", "DIR", "APP"; "bash|zsh" is one of
    // these.
    std::string value;
    bool takes_value = false;
    bool repeats = false;
  };

  std::string name;
  std::string description;
  std::vector<Option> options{};
  std::vector<Option> arguments{};  // In their order.
  std::vector<Command> commands{};
};

}  // namespace nano::cli
