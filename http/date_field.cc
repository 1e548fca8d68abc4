// The text of a second.
#include "http/date_field.h"

#include <cstring>

#include "http/date.h"

namespace nano::http {
namespace {

constexpr std::string_view kName = "date: ";
constexpr std::string_view kEnd = "\r\n";

}  // namespace

std::string_view DateField::Get() {
  static_assert(sizeof text_ >= kName.size() + kDateSize + kEnd.size());
  const time_t now = time(nullptr);
  if (now != second_) {
    std::memcpy(text_, kName.data(), kName.size());
    WriteDate(now, text_ + kName.size());
    std::memcpy(text_ + kName.size() + kDateSize, kEnd.data(), kEnd.size());
    second_ = now;
  }
  return {text_, kName.size() + kDateSize + kEnd.size()};
}

}  // namespace nano::http
