// Sizes and durations: parsing and printing.
#include "config/yaml/units.h"

#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

namespace nano::config {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 8> kSizes{{{"", 1},
                                      {"B", 1},
                                      {"KB", 1000},
                                      {"MB", 1000 * 1000},
                                      {"GB", 1000 * 1000 * 1000},
                                      {"KiB", uint64_t{1} << 10},
                                      {"MiB", uint64_t{1} << 20},
                                      {"GiB", uint64_t{1} << 30}}};
constexpr std::array<Unit, 4> kDurations{
    {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}}};

constexpr char kSizeHint[] = "Write a whole number and a unit: 4096, 16KiB, 10MB.";
constexpr char kDurationHint[] = "Write a whole number and a unit: 500ms, 75s, 2m, 1h.";

// The number of smallest units. The error's message is left to name the kind of quantity.
template <size_t N>
Result<uint64_t> Parse(std::string_view text, const std::array<Unit, N>& units, const char* kind,
                       const char* hint) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, number);
  const std::string quoted = "'" + std::string(text) + "'";
  if (status == std::errc::invalid_argument) {
    return Error{quoted + " is not a " + kind, "", hint};
  }
  std::string_view name(rest, static_cast<size_t>(end - rest));
  if (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (status == std::errc::result_out_of_range ||
        number > std::numeric_limits<int64_t>::max() / unit.factor) {
      return Error{quoted + " is too large", "", ""};
    }
    return number * unit.factor;
  }
  if (name.empty()) return Error{quoted + " has no unit", "", hint};
  return Error{quoted + " is not a " + kind, "", hint};
}

// A number that is not 0, in the largest unit that divides it.
template <typename Units>
std::string Format(uint64_t number, const Units& units) {
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (unit.name.empty() || number % unit.factor != 0) continue;
    if (best == nullptr || unit.factor > best->factor) best = &unit;
  }
  return std::to_string(number / best->factor) + std::string(best->name);
}

}  // namespace

Result<uint64_t> ParseSize(std::string_view text) { return Parse(text, kSizes, "size", kSizeHint); }

Result<uint64_t> ParseMilliseconds(std::string_view text) {
  return Parse(text, kDurations, "duration", kDurationHint);
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  return std::chrono::milliseconds(static_cast<int64_t>(TRY(ParseMilliseconds(text))));
}

std::string FormatSize(uint64_t bytes) { return bytes == 0 ? "0" : Format(bytes, kSizes); }

std::string FormatMilliseconds(uint64_t duration) {
  return duration == 0 ? "0s" : Format(duration, kDurations);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  return FormatMilliseconds(static_cast<uint64_t>(duration.count()));
}

}  // namespace nano::config
