// Keeping, reading and pruning of generations.
#include "snapshot/generations.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/named.h"
#include "base/system_error.h"

namespace nano::snapshot {
namespace {

constexpr std::string_view kExtension = ".json";
// So that the next number is one as well.
constexpr size_t kMostDigits = 18;

// The numbers of a folder's generations, highest first.
Result<std::vector<uint64_t>> Numbers(const Folder& folder) {
  std::vector<uint64_t> numbers;
  for (const std::string& name : TRY(folder.Names())) {
    if (const std::optional<uint64_t> number = GenerationNumber(name)) numbers.push_back(*number);
  }
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

// When a file was written last; the epoch if nobody can tell.
std::chrono::system_clock::time_point WrittenAt(const Folder& folder, const std::string& name) {
  struct stat status {};
  if (fstatat(folder.descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec) +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(
             std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

}  // namespace

std::string GenerationName(uint64_t number) {
  return std::to_string(number) + std::string(kExtension);
}

std::optional<uint64_t> GenerationNumber(std::string_view name) {
  if (!name.ends_with(kExtension)) return std::nullopt;
  const std::string_view digits = name.substr(0, name.size() - kExtension.size());
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // Only as they are written: "07.json" would be a second file of number 7.
  if (error != std::errc() || GenerationName(number) != name) return std::nullopt;
  return number;
}

Result<Generations> ReadGenerations(const std::string& directory, const Manifest& present) {
  Generations generations;
  const std::optional<Folder> folder = TRY(Folder::Open(directory + "/" + kGenerations));
  if (!folder.has_value()) return generations;
  for (const uint64_t number : TRY(Numbers(*folder))) {
    const std::string name = GenerationName(number);
    const std::chrono::system_clock::time_point replaced = WrittenAt(*folder, name);
    const std::string path = folder->PathOf(name);
    const Result<std::string> text = ReadFile(path, kMaxManifestBytes);
    // A build that goes on meanwhile may have removed it.
    if (!text.ok() && !folder->Has(name)) continue;
    Result<Manifest> manifest = text.ok() ? DecodeManifest(*text, path) : text.error();
    if (!manifest.ok()) {
      generations.unreadable.push_back(std::move(manifest).error());
    } else if (!generations.kept.empty() || *manifest != present) {
      // Else the present one has not been replaced: the build that was to do it is at it, or dead.
      generations.kept.push_back({number, replaced, std::move(manifest).value()});
    }
  }
  return generations;
}

std::vector<KeptVersion> VersionsOf(std::string_view app, const Manifest& present,
                                    const std::vector<Generation>& generations) {
  std::vector<KeptVersion> versions;
  std::set<std::string> digests;
  if (const ManifestApp* entry = FindNamed(present.apps, app)) {
    digests.insert(entry->digest);
    versions.push_back({*entry, std::nullopt, std::nullopt});
  }
  for (const Generation& generation : generations) {
    const ManifestApp* entry = FindNamed(generation.manifest.apps, app);
    if (entry == nullptr || !digests.insert(entry->digest).second) continue;
    versions.push_back({*entry, generation.number, generation.replaced});
  }
  return versions;
}

Result<void> KeepGeneration(const Folder& dist, std::string_view manifest) {
  std::optional<Folder> folder = TRY(dist.OpenFolder(kGenerations));
  if (!folder.has_value()) folder = TRY(dist.MakeFolder(kGenerations));
  const std::vector<uint64_t> numbers = TRY(Numbers(*folder));
  const uint64_t newest = numbers.empty() ? 0 : numbers.front();
  const bool is_newest = newest > 0 && folder->Holds(GenerationName(newest), manifest);
  return folder->Write(GenerationName(is_newest ? newest : newest + 1), manifest);
}

std::optional<std::set<std::string>> PruneGenerations(const Folder& dist, std::string_view present,
                                                      size_t keep, std::vector<Error>& warnings) {
  std::set<std::string> named;
  const Result<std::optional<Folder>> folder = dist.OpenFolder(kGenerations);
  const Result<std::vector<uint64_t>> numbers =
      !folder.ok()           ? folder.error()
      : !folder->has_value() ? Result<std::vector<uint64_t>>(std::vector<uint64_t>())
                             : Numbers(**folder);
  if (!numbers.ok()) {
    warnings.push_back(numbers.error());
    return std::nullopt;
  }
  const auto remove = [&](const std::string& name) {
    Result<void> removed = (*folder)->Remove(name);
    if (!removed.ok()) warnings.push_back(std::move(removed).error());
  };
  size_t kept = 0;
  for (const uint64_t number : *numbers) {
    const std::string name = GenerationName(number);
    // The highest is the present one if a build was killed before it had replaced the manifest.
    if (kept == keep || (kept == 0 && (*folder)->Holds(name, present))) {
      remove(name);
      continue;
    }
    const std::string path = (*folder)->PathOf(name);
    Result<std::string> text = ReadFile(path, kMaxManifestBytes);
    if (!text.ok()) {
      warnings.push_back(std::move(text).error());
      return std::nullopt;
    }
    Result<Manifest> manifest = DecodeManifest(*text, path);
    if (!manifest.ok()) {
      Error error = std::move(manifest).error();
      error.message = "this earlier build cannot be gone back to, and is removed: " + error.message;
      error.hint = "";
      warnings.push_back(std::move(error));
      remove(name);
      continue;
    }
    ++kept;
    for (const ManifestApp& app : manifest->apps) named.insert(app.digest);
  }
  return named;
}

}  // namespace nano::snapshot
