// The rules as a table: for each setting, and each ending of a path, what is tried in turn.
#include "assets/html_handling.h"

#include <array>
#include <optional>
#include <span>

namespace nano::assets {
namespace {

using config::HtmlHandling;
using config::NotFoundHandling;

constexpr std::string_view kIndex = "/index";
constexpr std::string_view kIndexFile = "/index.html";
constexpr std::string_view kExtension = ".html";
constexpr std::string_view kNotFoundPage = "/404.html";

// How a path ends, and what is left without that: its base, to which a page's two forms are added.
enum class Ending : uint8_t { kIndex, kIndexFile, kSlash, kExtension, kPlain };
constexpr size_t kEndings = 5;

enum class Step : uint8_t {
  kServeExact,      // The file of this very name.
  kServeFolder,     // BASE/index.html …
  kServeFile,       // … and BASE.html, here.
  kRedirectFolder,  // The same, where they are served.
  kRedirectFile,
};

using Steps = std::span<const Step>;

struct Rules {
  std::array<Steps, kEndings> steps;
  // Where a folder's form and a file's are served, behind the base.
  std::string_view folder_path;
  std::string_view file_path;
};

using enum Step;

constexpr Step kFolderThenFileElsewhere[] = {kRedirectFolder, kRedirectFile};
constexpr Step kFileThenFolderElsewhere[] = {kRedirectFile, kRedirectFolder};
constexpr Step kExact[] = {kServeExact};

constexpr Step kAutoIndex[] = {kServeExact, kRedirectFolder, kRedirectFile};
constexpr Step kAutoSlash[] = {kServeFolder, kRedirectFile};
constexpr Step kAutoPlain[] = {kServeExact, kServeFile, kRedirectFolder};
constexpr Rules kAuto = {
    {kAutoIndex, kFolderThenFileElsewhere, kAutoSlash, kFileThenFolderElsewhere, kAutoPlain},
    "/",
    ""};

constexpr Step kForceSlash[] = {kServeFolder, kServeFile};
constexpr Step kForceExtension[] = {kRedirectFile, kServeExact, kRedirectFolder};
constexpr Step kForcePlain[] = {kServeExact, kRedirectFile, kRedirectFolder};
constexpr Rules kForce = {
    {kAutoIndex, kFolderThenFileElsewhere, kForceSlash, kForceExtension, kForcePlain}, "/", "/"};

constexpr Step kDropIndex[] = {kServeExact, kRedirectFile, kRedirectFolder};
constexpr Step kDropIndexFile[] = {kRedirectFolder, kServeExact, kRedirectFile};
constexpr Step kDropPlain[] = {kServeExact, kServeFile, kServeFolder};
constexpr Rules kDrop = {
    {kDropIndex, kDropIndexFile, kFileThenFolderElsewhere, kFileThenFolderElsewhere, kDropPlain},
    "",
    ""};

constexpr Rules kNone = {{kExact, kExact, kExact, kExact, kExact}, "", ""};

const Rules& RulesOf(HtmlHandling html) {
  switch (html) {
    case HtmlHandling::kAutoTrailingSlash:
      return kAuto;
    case HtmlHandling::kForceTrailingSlash:
      return kForce;
    case HtmlHandling::kDropTrailingSlash:
      return kDrop;
    case HtmlHandling::kNone:
      break;
  }
  return kNone;
}

struct Split {
  Ending ending = Ending::kPlain;
  std::string_view base;
};

Split SplitEnding(std::string_view name) {
  const auto without = [name](std::string_view ending) {
    return name.substr(0, name.size() - ending.size());
  };
  if (name.ends_with(kIndex)) return {Ending::kIndex, without(kIndex)};
  if (name.ends_with(kIndexFile)) return {Ending::kIndexFile, without(kIndexFile)};
  if (name.ends_with('/')) return {Ending::kSlash, without("/")};
  if (name.ends_with(kExtension)) return {Ending::kExtension, without(kExtension)};
  return {Ending::kPlain, name};
}

class Resolver {
 public:
  Resolver(HtmlHandling html, FunctionRef<bool(std::string_view)> exists)
      : rules_(RulesOf(html)), exists_(exists) {}

  // What is tried for the ending, and then what is for a path without one. None: nothing there.
  std::optional<Resolution> Find(std::string_view name, bool may_redirect) {
    const auto [ending, base] = SplitEnding(name);
    std::optional<Resolution> found = Try(ending, base, name, may_redirect);
    if (!found && ending != Ending::kPlain) found = Try(Ending::kPlain, name, name, may_redirect);
    return found;
  }

 private:
  std::optional<Resolution> Try(Ending ending, std::string_view base, std::string_view name,
                                bool may_redirect) {
    // The root has its slash under all of them.
    const Rules& rules = base.empty() && &rules_ != &kNone ? kAuto : rules_;
    for (const Step step : rules.steps[static_cast<size_t>(ending)]) {
      std::optional<Resolution> found;
      switch (step) {
        case kServeExact:
          found = Serve(std::string(name));
          break;
        case kServeFolder:
          found = Serve(FolderForm(base));
          break;
        case kServeFile:
          found = Serve(FileForm(base));
          break;
        case kRedirectFolder:
          if (may_redirect) found = Redirect(FolderForm(base), Path(base, rules.folder_path));
          break;
        case kRedirectFile:
          if (may_redirect) found = Redirect(FileForm(base), Path(base, rules.file_path));
          break;
      }
      if (found) return found;
    }
    return std::nullopt;
  }

  static std::string FolderForm(std::string_view base) {
    return std::string(base).append(kIndexFile);
  }
  static std::string FileForm(std::string_view base) {
    return std::string(base).append(kExtension);
  }
  static std::string Path(std::string_view base, std::string_view end) {
    std::string path = std::string(base).append(end);
    return path.empty() ? "/" : path;
  }

  std::optional<Resolution> Serve(std::string file) {
    if (!exists_(file)) return std::nullopt;
    return Resolution{Resolution::Kind::kFile, std::move(file)};
  }

  // Only if the client would get the file there.
  std::optional<Resolution> Redirect(const std::string& file, std::string path) {
    if (!exists_(file) || exists_(path)) return std::nullopt;
    const std::optional<Resolution> there = Find(path, /*may_redirect=*/false);
    if (!there || there->name != file) return std::nullopt;
    return Resolution{Resolution::Kind::kRedirect, std::move(path)};
  }

  const Rules& rules_;
  FunctionRef<bool(std::string_view)> exists_;
};

Resolution WithoutFile(std::string_view name, NotFoundHandling not_found,
                       FunctionRef<bool(std::string_view)> exists) {
  switch (not_found) {
    case NotFoundHandling::kSinglePageApplication:
      if (exists(kIndexFile)) return {Resolution::Kind::kFallback, std::string(kIndexFile)};
      break;
    case NotFoundHandling::k404Page:
      for (size_t slash = name.rfind('/'); slash != std::string_view::npos;) {
        std::string page = std::string(name.substr(0, slash)).append(kNotFoundPage);
        if (exists(page)) return {Resolution::Kind::kNotFound, std::move(page)};
        if (slash == 0) break;
        slash = name.rfind('/', slash - 1);
      }
      break;
    case NotFoundHandling::kNone:
      break;
  }
  return {};
}

}  // namespace

Resolution Resolve(std::string_view name, HtmlHandling html, NotFoundHandling not_found,
                   FunctionRef<bool(std::string_view)> exists) {
  std::optional<Resolution> found = Resolver(html, exists).Find(name, /*may_redirect=*/true);
  return found ? *std::move(found) : WithoutFile(name, not_found, exists);
}

}  // namespace nano::assets
