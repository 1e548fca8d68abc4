// The commands below `nano ctl`: their options, and what their help says.
//
// Owns the values that the parser writes. Thread: the process's only one, once.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/command_line.h"
#include "cli/nano/ctl/options.h"

namespace nano::cli::ctl {

class Arguments {
 public:
  // Declares them; this outlives the parsing.
  explicit Arguments(CommandLine& line);
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  // Whether one of them was written.
  bool written() const { return written_; }
  // What was asked for, or what is wrong with it.
  std::variant<Options, Exit> Take();

 private:
  using Command = Options::Command;

  CLI::App& Add(CLI::App& group, Command command, const std::string& name,
                const std::string& description, const std::string& footer);
  void AddPlace(CLI::App& command);
  // The options of a command that changes something.
  void AddWait(CLI::App& command);
  void DeclareViews(CLI::App& ctl);
  void DeclareDeploys(CLI::App& ctl);
  void DeclareVariables(CLI::App& ctl);
  void DeclareNews(CLI::App& ctl);
  void DeclareLimits(CLI::App& ctl);   // In limits.cc.
  void DeclareProfile(CLI::App& ctl);  // In profile.cc.
  void DeclareCron(CLI::App& ctl);     // In cron.cc.
  void DeclareCache(CLI::App& ctl);    // In cache.cc.
  void DeclareKv(CLI::App& ctl);       // In kv.cc.
  // What is wrong; empty: nothing.
  std::string CheckCanary();
  std::string ReadVariables();
  std::string CheckLimits() const;  // In limits.cc.

  Options options_;
  bool written_ = false;
  bool no_wait_ = false;
  bool end_ = false;
  bool promote_ = false;
  std::string timeout_;
  std::string percent_;
  std::vector<std::string> pairs_;
};

}  // namespace nano::cli::ctl
