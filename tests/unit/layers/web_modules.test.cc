// The rules of the Web APIs' sources (ARCHITECTURE.md): a folder for each specification, on floors
// that only look down, types and what is loaded lazily included; no circles; and groups that are
// lazy.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/web_sources.h"

namespace {

using nano::testing::GlobalsOf;
using nano::testing::GroupsNamedIn;
using nano::testing::LazyGroupsIn;
using nano::testing::ModuleUse;
using nano::testing::ModuleUsesIn;
using nano::testing::ReadWebSources;
using nano::testing::ReexportsOf;
using nano::testing::WebSources;

// The folders of runtime/web, the lowest first: one may use those of the lines above its own. "" is
// main.ts and globals.ts, which put everything together.
const std::vector<std::set<std::string>> kFloors = {
    {"host"},  // the native ops, the clock, the lazy loader
    {"idl"},   // Web IDL, captured built-ins
    {"encoding", "http", "inspect", "tasks", "url"},
    {"dom"},
    {"crypto", "html"},
    {"messaging", "performance"},
    {"streams"},
    {"compression", "exchange", "file"},
    {"forms"},
    {"fetch"},
    {"cache", "console", "kv", "wasm"},
    {"app"},  // the contract of Workers: handlers, ctx, env
    {""},
};

// Files that need each other: mutual recursion of the Streams Standard's own algorithms, functions
// that nobody calls before both modules are there.
const std::vector<std::set<std::string>> kCircles = {
    {"streams/lazy/algorithms/byob-request.ts", "streams/lazy/algorithms/pull-into.ts",
     "streams/lazy/algorithms/readable-byte-controller.ts"},
    {"streams/lazy/algorithms/writable-controller.ts", "streams/lazy/algorithms/writable.ts"},
    {"streams/lazy/readable-readers.ts", "streams/lazy/readable-stream.ts"},
};

using Graph = std::map<std::string, std::set<std::string>>;

// Sets of nodes that reach each other. (Few nodes: all are tried.)
std::vector<std::set<std::string>> CirclesOf(const Graph& graph) {
  std::map<std::string, std::set<std::string>> reached;
  for (const auto& [start, next] : graph) {
    std::vector<std::string> queue(next.begin(), next.end());
    while (!queue.empty()) {
      const std::string node = queue.back();
      queue.pop_back();
      if (!reached[start].insert(node).second || !graph.contains(node)) continue;
      queue.insert(queue.end(), graph.at(node).begin(), graph.at(node).end());
    }
  }
  std::set<std::set<std::string>> circles;
  for (const auto& [node, others] : reached) {
    if (!others.contains(node)) continue;
    std::set<std::string> circle;
    for (const std::string& other : others) {
      if (reached.contains(other) && reached.at(other).contains(node)) circle.insert(other);
    }
    circles.insert(circle);
  }
  return {circles.begin(), circles.end()};
}

std::string FolderOf(const std::string& file) {
  const size_t slash = file.find('/');
  return slash == std::string::npos ? "" : file.substr(0, slash);
}

// "dom/lazy/" of "dom/lazy/index.ts" and of what is below it; empty outside of groups.
std::string GroupOf(const std::string& file) {
  const size_t at = file.find("/lazy/");
  return at == std::string::npos ? "" : file.substr(0, at + 6);
}

// Types and const enums, which vanish in every bundle.
bool Vanishes(const std::string& file) {
  return file.starts_with("host/") && file.ends_with("ops.ts");
}

int FloorOf(const std::string& folder) {
  for (size_t floor = 0; floor < kFloors.size(); ++floor) {
    if (kFloors[floor].contains(folder)) return static_cast<int>(floor);
  }
  return -1;
}

std::string Joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// What is wrong with the sources, a line each.
std::vector<std::string> Violations(const WebSources& sources) {
  std::vector<std::string> violations;
  const auto groups = LazyGroupsIn(sources);
  Graph files;
  Graph folders;
  const auto uses = [&](const std::string& file, const std::string& other, const std::string& how) {
    const std::string from = FolderOf(file);
    const std::string to = FolderOf(other);
    if (from == to) return;
    folders[from].insert(to);
    if (FloorOf(from) <= FloorOf(to)) {
      violations.push_back(file + " " + how + ": " + (from.empty() ? "the top" : from + "/") +
                           " may not use " + to + "/, which is no lower");
    }
  };
  for (const auto& [file, text] : sources) {
    if (FloorOf(FolderOf(file)) < 0) {
      violations.push_back(file + ": " + FolderOf(file) + "/ has no floor (kFloors)");
    }
    for (const ModuleUse& use : ModuleUsesIn(file, text)) {
      const std::string how = "imports " + use.path;
      if (!sources.contains(use.path)) violations.push_back(file + " " + how + ": not there");
      files[file].insert(use.path);
      uses(file, use.path, how);
      // A class in two bundles would be two classes; a group bundled into the core not lazy.
      const std::string group = GroupOf(use.path);
      if (!use.is_type && !group.empty() && group != GroupOf(file)) {
        violations.push_back(file + " " + how + ": what is lazy is used by load(\"...\")");
      }
      if (!use.is_type && !GroupOf(file).empty() && group.empty() && !Vanishes(use.path) &&
          (use.is_all || use.names.empty())) {
        violations.push_back(file + " " + how + ": a group imports shared values by their names");
      }
    }
    for (const std::string& group : GroupsNamedIn(text)) {
      if (groups.contains(group)) {
        uses(file, groups.at(group), "loads " + group);
      } else {
        violations.push_back(file + " loads " + group + ": there is no such lazy group");
      }
    }
  }
  for (const auto& circle : CirclesOf(folders)) {
    violations.push_back("folders in a circle: " + Joined(circle));
  }
  for (const auto& circle : CirclesOf(files)) {
    if (std::find(kCircles.begin(), kCircles.end(), circle) == kCircles.end()) {
      violations.push_back("files in a circle: " + Joined(circle));
    }
  }
  return violations;
}

bool Has(const std::vector<std::string>& violations, const std::string& part) {
  return std::any_of(violations.begin(), violations.end(), [&](const std::string& violation) {
    return violation.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("the Web APIs' folders only look down, and nothing goes in circles") {
  const WebSources sources = ReadWebSources();
  // The walk itself works: a rule that sees nothing would never fail.
  size_t imports = 0;
  for (const auto& [file, text] : sources) imports += ModuleUsesIn(file, text).size();
  REQUIRE(sources.size() > 150);
  REQUIRE(imports > 500);
  REQUIRE(LazyGroupsIn(sources).size() > 15);
  for (const std::string& violation : Violations(sources)) FAIL_CHECK(violation);
}

TEST_CASE("each circle of files that is allowed is there") {
  Graph files;
  for (const auto& [file, text] : ReadWebSources()) {
    for (const ModuleUse& use : ModuleUsesIn(file, text)) files[file].insert(use.path);
  }
  const auto circles = CirclesOf(files);
  for (const auto& circle : kCircles) {
    if (std::find(circles.begin(), circles.end(), circle) == circles.end()) {
      FAIL_CHECK("there is no such circle any more: " << Joined(circle));
    }
  }
}

TEST_CASE(
    "a group gives its exports to the global object by the names that it exports them under") {
  const WebSources sources = {
      {"a/lazy/index.ts",
       "export { A } from \"./a.ts\";\n"
       "export { B as b, c as C, type D, type E as F, type } from \"./a.ts\";\n"
       "export {\n  G as H,\n} from \"./a.ts\";\n"
       "export * from \"./b.ts\";\n"},
      {"a/lazy/a.ts", ""},
      {"a/lazy/b.ts", "export { I, J as K } from \"./a.ts\";\n"},
  };
  CHECK(Joined(GlobalsOf(sources, "a/lazy/index.ts")) == "A, C, H, I, K");
  CHECK(Joined(ReexportsOf(sources, "a/lazy/index.ts")) == "A, C, H, I, K, b, type");
}

TEST_CASE("the rules of the Web APIs' sources refuse what they are there for") {
  const std::string group = "export { A } from \"./a.ts\";\n";
  WebSources sources = {
      {"dom/event.ts", "import { define } from \"../idl/define.ts\";\n"},
      {"idl/define.ts", ""},
      {"streams/access.ts", "// load(\"nothing\")\nload(\"streams\").a;\n"},
      {"streams/lazy/index.ts", group},
      {"streams/lazy/a.ts", "import { b,\n  c } from \"../../dom/event.ts\";\n"},
      {"host/ops.ts", ""},
      {"html/timers.ts", ""},
  };
  CHECK(Violations(sources).empty());
  const auto with = [&](const std::string& file, const std::string& text) {
    WebSources changed = sources;
    changed[file] += text;
    return Violations(changed);
  };
  CHECK(Has(with("idl/define.ts", "import { b } from \"../dom/event.ts\";\n"), "may not use dom/"));
  CHECK(Has(with("idl/define.ts", "import type { B } from \"../dom/event.ts\";\n"),
            "may not use dom/"));
  CHECK(Has(with("idl/define.ts", "export type { B } from \"../dom/event.ts\";\n"),
            "folders in a circle: dom, idl"));
  CHECK(Has(with("html/timers.ts", "let b: import(\"../streams/access.ts\").B;\n"),
            "may not use streams/"));
  CHECK(Has(with("html/timers.ts", "load(\"streams\").a();\n"), "may not use streams/"));
  CHECK(Has(with("html/timers.ts", "ifLoaded(\"streams\")?.a();\n"), "may not use streams/"));
  CHECK(Has(with("html/timers.ts", "type B = LazyGroups[\"streams\"][\"b\"];\n"),
            "may not use streams/"));
  CHECK(Has(with("streams/lazy/a.ts", "import { d } from \"./index.ts\";\n"),
            "files in a circle: streams/lazy/a.ts, streams/lazy/index.ts"));
  CHECK(Has(with("streams/access.ts", "import { A } from \"./lazy/index.ts\";\n"),
            "what is lazy is used by load"));
  CHECK_FALSE(Has(with("streams/access.ts", "import type { A } from \"./lazy/index.ts\";\n"), ""));
  CHECK(Has(with("streams/lazy/a.ts", "import * as idl from \"../../idl/define.ts\";\n"),
            "by their names"));
  CHECK(Has(with("app/a.ts", "import { B } from \"../b.ts\";\n"), "not there"));
  CHECK(Has(with("webusb/a.ts", ""), "webusb/ has no floor"));
  CHECK(Has(with("app/a.ts", "load(\"usb\");\n"), "no such lazy group"));
}
