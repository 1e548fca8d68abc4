// The kinds of rows: how a member of each type is read, merged and shown. For the files with
// tables; who goes by one needs key.h only. Owns nothing. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "base/check.h"
#include "base/result.h"
#include "config/schema/key.h"
#include "config/yaml/reader.h"
#include "config/yaml/units.h"

namespace nano::config {

constexpr uint64_t kLargestSize = uint64_t{1} << 40;
// Longer than anybody waits; keeps sums of timeouts far from overflow.
constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours(24);

// A member as a whole, whatever it is: `read` fills it. Empty unless set.
template <typename S, typename Member>
Value<S> Whole(Type type, Member S::*member, void (*read)(Reader&, const Node&, Member&)) {
  return {.type = type,
          .read = [member, read](Reader& reader, const Node& node,
                                 S& settings) { read(reader, node, settings.*member); },
          .take = [member](const S& from, S& to) { to.*member = from.*member; },
          .show = [](const S&) { return std::string(); }};
}

// A member that is an integer or milliseconds.
template <typename S, typename Number>
Value<S> NumberOf(Type type, Number S::*member, const Bounds& bounds,
                  bool (Reader::*read)(const Node&, const Bounds&, uint64_t*),
                  std::string (*format)(uint64_t)) {
  if constexpr (std::is_integral_v<Number>) {
    NANO_CHECK(bounds.max <= std::numeric_limits<Number>::max());
  }
  const auto get = [member](const S& settings) {
    if constexpr (std::is_integral_v<Number>) {
      return uint64_t{settings.*member};
    } else {
      return static_cast<uint64_t>((settings.*member).count());
    }
  };
  const auto set = [member](S& settings, uint64_t number) {
    settings.*member = static_cast<Number>(number);
  };
  return {.type = type,
          .read =
              [bounds, read, set](Reader& reader, const Node& node, S& settings) {
                uint64_t number = 0;
                if ((reader.*read)(node, bounds, &number)) set(settings, number);
              },
          .take = [member](const S& from, S& to) { to.*member = from.*member; },
          .show = [format, get](const S& settings) { return format(get(settings)); },
          .bounds = bounds,
          .get = get,
          .set = set};
}

// A whole number.
template <typename S, typename Number>
Value<S> Count(Number S::*member, uint64_t min, uint64_t max) {
  return NumberOf(Type::kCount, member, {min, max}, &Reader::Count,
                  static_cast<std::string (*)(uint64_t)>(std::to_string));
}

// Bytes.
template <typename S, typename Number>
Value<S> Size(Number S::*member, uint64_t min, uint64_t max = kLargestSize) {
  return NumberOf(Type::kSize, member, {min, max}, &Reader::Size, FormatSize);
}

template <typename S>
Value<S> Duration(std::chrono::milliseconds S::*member, std::chrono::milliseconds min,
                  std::chrono::milliseconds max = kLongestDuration) {
  return NumberOf(Type::kDuration, member,
                  {static_cast<uint64_t>(min.count()), static_cast<uint64_t>(max.count())},
                  &Reader::Duration, FormatMilliseconds);
}

template <typename S>
Value<S> Flag(bool S::*member) {
  return {.type = Type::kFlag,
          .read = [member](Reader& reader, const Node& node,
                           S& settings) { reader.Boolean(node, &(settings.*member)); },
          .take = [member](const S& from, S& to) { to.*member = from.*member; },
          .show = [member](const S& settings) { return settings.*member ? "true" : "false"; }};
}

// A text; `check` says what is wrong with one, without a place.
template <typename S>
Value<S> Text(std::string S::*member, Result<void> (*check)(const std::string&)) {
  return {.type = Type::kText,
          .read =
              [member, check](Reader& reader, const Node& node, S& settings) {
                std::string text;
                if (!reader.String(node, &text)) return;
                const Result<void> checked = check(text);
                if (!checked.ok()) return reader.Fail(node.place, checked.error());
                settings.*member = std::move(text);
              },
          .take = [member](const S& from, S& to) { to.*member = from.*member; },
          .show = [member](const S& settings) { return settings.*member; }};
}

}  // namespace nano::config
