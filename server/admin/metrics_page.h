// A page of figures in Prometheus' text format (version 0.0.4), put together family by family.
// Thread: the supervisor's loop.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace nano::server::admin {

// name="value", with the escapes that the format has.
inline std::string Label(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out += '"';
}

class MetricsPage {
 public:
  // The samples that follow are of this family.
  void Family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "nano_" + std::string(name);
    text_.append("# HELP ").append(name_).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name_).append(" ").append(type).append("\n");
  }
  void Sample(const std::string& labels, uint64_t value) {
    Sample("", labels, std::to_string(value));
  }
  // `suffix` is "" or, of a histogram, "_bucket", "_sum" or "_count".
  void Sample(std::string_view suffix, const std::string& labels, const std::string& value) {
    text_.append(name_).append(suffix);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(value).append("\n");
  }
  std::string Take() { return std::move(text_); }

  // "0.0025"
  static std::string Seconds(uint64_t microseconds) {
    char text[40];
    std::snprintf(text, sizeof text, "%llu.%06llu",
                  static_cast<unsigned long long>(microseconds / 1'000'000),
                  static_cast<unsigned long long>(microseconds % 1'000'000));
    std::string seconds = text;
    seconds.erase(seconds.find_last_not_of('0') + 1);
    if (seconds.back() == '.') seconds.pop_back();
    return seconds;
  }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace nano::server::admin
