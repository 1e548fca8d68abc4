// The keys below `assets`.
#include "config/schema/assets.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/schema/kinds.h"
#include "config/schema/read_keys.h"
#include "config/values/template.h"

namespace nano::config {
namespace {

using enum ReadBy;
using Settings = AssetSettings;

// As Wrangler has them.
constexpr size_t kMostRules = 100;

template <typename Choice>
using Names = std::array<std::pair<std::string_view, Choice>, 4>;

constexpr Names<HtmlHandling> kHtmlHandlings = {
    {{"auto-trailing-slash", HtmlHandling::kAutoTrailingSlash},
     {"force-trailing-slash", HtmlHandling::kForceTrailingSlash},
     {"drop-trailing-slash", HtmlHandling::kDropTrailingSlash},
     {"none", HtmlHandling::kNone}}};
constexpr std::array<std::pair<std::string_view, NotFoundHandling>, 3> kNotFoundHandlings = {
    {{"none", NotFoundHandling::kNone},
     {"404-page", NotFoundHandling::k404Page},
     {"single-page-application", NotFoundHandling::kSinglePageApplication}}};

// A member that has one of several values, by their names.
template <typename Choices, typename Choice>
Value<Settings> Choose(Choice Settings::*member, const Choices& choices) {
  return {.type = Type::kText,
          .read =
              [member, &choices](Reader& reader, const Node& node, Settings& settings) {
                // None of them looks like a number: whatever is there is told what can be.
                std::string word = node.scalar;
                if (node.kind != Node::Kind::kScalar && !reader.String(node, &word)) return;
                std::string all;
                for (const auto& [name, choice] : choices) {
                  if (name == word) {
                    settings.*member = choice;
                    return;
                  }
                  all += (all.empty() ? "`" : ", `") + std::string(name) + "`";
                }
                reader.Fail(node.place, "'" + word + "' is none of its values",
                            "It can be " + all + ".");
              },
          .take = [member](const Settings& from, Settings& to) { to.*member = from.*member; },
          .show =
              [member, &choices](const Settings& settings) {
                for (const auto& [name, choice] : choices) {
                  if (choice == settings.*member) return std::string(name);
                }
                return std::string();
              }};
}

Result<void> CheckDirectory(const std::string& directory) {
  if (!directory.empty() && directory.front() != '/') return {};
  return Error{"expected a folder relative to the app's directory", "", ""};
}

Result<void> CheckBinding(const std::string& binding) {
  if (binding.empty() || IsEnvironmentName(binding)) return {};
  return Error{"'" + binding + "' cannot be a name in `env`", "",
               "Use letters, digits and '_', not beginning with a digit."};
}

// What is wrong with a path of `run_worker_first`; empty: nothing is.
std::string WhatIsWrong(const std::string& path, const std::vector<std::string>& before) {
  if (!path.starts_with('/') && !path.starts_with("!/"))
    return "expected a path, from '/' or '!/' on";
  if (std::find(before.begin(), before.end(), path) != before.end()) return "it is there twice";
  if (before.size() >= kMostRules)
    return "there can be " + std::to_string(kMostRules) + " paths at most";
  return {};
}

void ReadWorkerFirst(Reader& reader, const Node& node, Settings& settings) {
  if (node.kind == Node::Kind::kScalar &&
      (node.scalar.starts_with('/') || node.scalar.starts_with('!')))
    return reader.Fail(node.place, "expected true, false, or a list of paths",
                       "Write [\"" + node.scalar + "\"].");
  if (node.kind == Node::Kind::kScalar) return (void)reader.Boolean(node, &settings.worker_first);
  std::vector<std::string> paths;
  reader.List(node, "Write true, false, or paths, as in [\"/api/*\", \"!/api/docs/*\"].",
              [&](const Node& item) {
                std::string path;
                if (!reader.String(item, &path)) return;
                if (const std::string wrong = WhatIsWrong(path, paths); !wrong.empty())
                  return reader.Fail(item.place, wrong);
                paths.push_back(std::move(path));
              });
  if (!paths.empty() &&
      std::all_of(paths.begin(), paths.end(), [](const auto& path) { return path[0] == '!'; })) {
    reader.Fail(node.place,
                "there are only exceptions in it, and nothing that they are exceptions from",
                "Add a path, as in \"/*\".");
  }
  settings.worker_first_paths = std::move(paths);
}

Value<Settings> WorkerFirst() {
  return {
      .type = Type::kList,
      .read = ReadWorkerFirst,
      .take =
          [](const Settings& from, Settings& to) {
            to.worker_first = from.worker_first;
            to.worker_first_paths = from.worker_first_paths;
          },
      .show = [](const Settings& settings) { return settings.worker_first ? "true" : "false"; }};
}

}  // namespace

const Table<Settings>& AssetKeys() {
  static const Table<Settings> keys = {
      {"directory", Text(&Settings::directory, CheckDirectory).Unset("needed"), kBuild,
       "The folder with the files, relative to the app's directory. `.assetsignore` in it names "
       "what is left out."},
      {"binding", Text(&Settings::binding, CheckBinding), kBuild,
       "What the app's code has the files by: `env.ASSETS.fetch(request)`."},
      {"html_handling", Choose(&Settings::html_handling, kHtmlHandlings), kBuild,
       "Which paths HTML files have: `auto-trailing-slash`, `/about` for about.html and `/docs/` "
       "for docs/index.html; "
       "`force-trailing-slash`, `/about/` and `/docs/`; `drop-trailing-slash`, `/about` and "
       "`/docs`; `none`, their own "
       "names. From other paths that mean them clients are sent there."},
      {"not_found_handling", Choose(&Settings::not_found_handling, kNotFoundHandlings), kBuild,
       "What is answered where there is no file, and no code that is asked: `none`, 404; "
       "`404-page`, 404 with the next "
       "404.html upwards; `single-page-application`, 200 with index.html."},
      {"run_worker_first", WorkerFirst(), kBuild,
       "Whether the app's code is asked before the files: `true`, or for paths, with `*` for "
       "anything and `!` before "
       "exceptions."},
  };
  return keys;
}

void ReadAssets(Reader& reader, const Node& node, Settings& settings) {
  if (node.kind == Node::Kind::kScalar)
    return FindKey(AssetKeys(), "directory")->value.read(reader, node, settings);
  Stated stated;
  ReadKeys(reader, node, AssetKeys(), settings, stated);
  if (!stated.Has("directory"))
    reader.Fail(node.place, "no `directory`", "Write `directory: public`.");
}

}  // namespace nano::config
