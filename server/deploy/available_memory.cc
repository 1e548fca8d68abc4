// /proc/meminfo and the control group's limit. See available_memory.h.
#include "server/deploy/available_memory.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "base/file.h"

namespace nano::server {
namespace {

// The first number in a text.
std::optional<uint64_t> NumberIn(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  uint64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  return status == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<uint64_t> NumberInFile(const std::string& path) {
  const Result<std::string> text = ReadFile(path);
  return text.ok() ? NumberIn(*text) : std::nullopt;
}

std::optional<uint64_t> OfSystem() {
  constexpr std::string_view kField = "MemAvailable:";
  const Result<std::string> text = ReadFile("/proc/meminfo");
  if (!text.ok()) return std::nullopt;
  const size_t at = text->find(kField);
  if (at == text->npos) return std::nullopt;
  const std::optional<uint64_t> kib = NumberIn(std::string_view(*text).substr(at));
  return kib ? std::optional(*kib * 1024) : std::nullopt;
}

// Of version 2 of control groups; "max" is no number.
std::optional<uint64_t> OfGroup() {
  const Result<std::string> groups = ReadFile("/proc/self/cgroup");
  if (!groups.ok() || !groups->starts_with("0::")) return std::nullopt;
  const std::string folder = "/sys/fs/cgroup" + groups->substr(3, groups->find('\n') - 3) + "/";
  const std::optional<uint64_t> most = NumberInFile(folder + "memory.max");
  const std::optional<uint64_t> taken = NumberInFile(folder + "memory.current");
  if (!most || !taken) return std::nullopt;
  return *most - std::min(*most, *taken);
}

}  // namespace

std::optional<uint64_t> AvailableMemory() {
  const std::optional<uint64_t> system = OfSystem();
  const std::optional<uint64_t> group = OfGroup();
  if (!system || !group) return system ? system : group;
  return std::min(*system, *group);
}

}  // namespace nano::server
