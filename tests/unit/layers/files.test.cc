// What holds for each file by itself: it opens with what it is, says on which thread it is used, is
// small, has no TRY where GCC would leak, and leaves the clock of its loop alone.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/layers/code.h"
#include "tests/unit/layers/rules.h"
#include "tests/unit/layers/sources.h"

namespace nano::layers {
namespace {

// Scripts have no endings.
bool HasEnding(const std::string& file) {
  return file.find('.', file.rfind('/') + 1) != std::string::npos;
}

bool IsScript(const std::string& file) {
  std::ifstream text(Root() / file);
  std::string line;
  return !HasEnding(file) && std::getline(text, line) && line.starts_with("#!");
}

// Whether a file's text opens with a comment, as its kind writes them; after a "#!" line, if any.
bool OpensWithComment(const std::string& file, std::istream& text) {
  std::string line;
  do {
    if (!std::getline(text, line)) return false;
  } while (line.starts_with("#!"));
  const bool hash =
      !HasEnding(file) || EndsWithAny(file, {".txt", ".cmake", ".yaml", ".sh", ".py"});
  return hash ? line.starts_with("# ") : line.starts_with("// ") || line.starts_with("/* ");
}

// The first comment of a file, without what follows.
std::string OpeningComment(std::istream& text) {
  std::string comment;
  for (std::string line; std::getline(text, line) && line.starts_with("//");)
    comment += line + "\n";
  return comment;
}

}  // namespace

TEST_CASE("every source file opens with a comment that says what it is") {
  const std::vector<std::string> folders = {"tests", "cmake", "scripts", "bench", "tools", ".ci"};
  std::vector<std::string> files =
      LayerFiles({".h", ".cc", ".ts", ".tsx", ".mjs", ".js", ".sh", ".py", ".cmake"}, folders);
  REQUIRE(files.size() > 800);
  const size_t sources = files.size();
  for (const std::string& file : FilesBelow(folders, {""})) {
    if (IsScript(file)) files.push_back(file);
  }
  REQUIRE(files.size() > sources + 10);
  for (const std::string& file : files) {
    std::ifstream text(Root() / file);
    if (!OpensWithComment(file, text)) {
      FAIL_CHECK(file + ":1: does not open with a comment that says what the file is");
    }
  }
}

TEST_CASE("an opening comment is one that says something") {
  const auto opens = [](const char* file, const std::string& text) {
    std::istringstream stream(text);
    return OpensWithComment(file, stream);
  };
  CHECK(opens("a.cc", "// What it is.\n"));
  CHECK(opens("a.ts", "#!/usr/bin/env node\n/* What it is. */\n"));
  CHECK(opens("a.cmake", "# What it is.\n"));
  CHECK_FALSE(opens("a.cc", ""));
  CHECK_FALSE(opens("a.cc", "#pragma once\n// What it is.\n"));
  CHECK_FALSE(opens("a.ts", "/** What a function does. */\n"));
  CHECK_FALSE(opens("a.sh", "#!/bin/sh\nset -e\n"));
  CHECK(opens("b.c/a", "#!/bin/sh\n# What it is.\n"));
  CHECK_FALSE(opens("b.c/a", "#!/bin/sh\nset -e\n"));
}

TEST_CASE("headers say on which threads, and sources say more than where their header is") {
  const std::vector<std::string> files = LayerFiles({".h", ".cc"}, {});
  REQUIRE(files.size() > 300);
  for (const std::string& file : files) {
    std::ifstream text(Root() / file);
    if (file.ends_with(".cc")) {
      if (OpeningComment(text).starts_with("// See ")) {
        FAIL_CHECK(file + ":1: says nothing of its own");
      }
      continue;
    }
    const std::string whole(std::istreambuf_iterator<char>(text), {});
    if (whole.find("hread") == std::string::npos) {
      FAIL_CHECK(file + ": does not say on which thread it is used");
    }
  }
}

TEST_CASE("source files stay small enough to be read in one sitting") {
  constexpr int kMostLines = 400;
  const std::vector<std::string> files =
      LayerFiles({".h", ".cc", ".ts", ".mjs", ".js"}, {"tests", "bench", "tools"});
  REQUIRE(files.size() > 800);
  for (const std::string& file : files) {
    std::ifstream text(Root() / file);
    const auto lines = std::count(std::istreambuf_iterator<char>(text), {}, '\n');
    if (lines > kMostLines) FAIL_CHECK(file + ": has " + std::to_string(lines) + " lines");
  }
}

TEST_CASE("TRY leaves nothing behind") {
  size_t uses = 0;
  for (const std::string& file : LayerFiles({".h", ".cc"}, {"bench"})) {
    std::ifstream text(Root() / file);
    const std::string code = CodeOf(std::string(std::istreambuf_iterator<char>(text), {}));
    for (size_t at = code.find("TRY("); at != std::string::npos; at = code.find("TRY(", at + 1)) {
      ++uses;
    }
    for (const int line : LeakingTries(code)) {
      FAIL_CHECK(file << ":" << line << ": GCC forgets what stands beside a TRY in an initialiser "
                      << "in braces or after `new` when it returns: make the value before");
    }
  }
  REQUIRE(uses > 100);
}

// By it a worker knows when it last asked the system what there is (LoopLag, AppMeter::Begin): who
// needs the time that it is now asks uv_hrtime. What the supervisor does serves no requests.
TEST_CASE("a loop's clock goes on only when the loop asks what there is") {
  const std::string call = "uv_update_time(";
  size_t allowed = 0;
  for (const std::string& file : LayerFiles({".h", ".cc"}, {"bench"})) {
    std::ifstream text(Root() / file);
    const std::string code = CodeOf(std::string(std::istreambuf_iterator<char>(text), {}));
    const size_t at = code.find(call);
    if (at == std::string::npos) continue;
    if (file.starts_with("server/supervisor/") || file.starts_with("server/deploy/")) {
      ++allowed;
      continue;
    }
    const auto line =
        1 + std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    FAIL_CHECK(file << ":" << line << ": moves the clock by which a worker tells how long others "
                    << "have waited: ask uv_hrtime what time it is");
  }
  REQUIRE(allowed > 1);
}

}  // namespace nano::layers
