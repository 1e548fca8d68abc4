// Lists with commas, and the grammar of RFC 7239, section 4. See forwarded.h.
#include "http/visitor/forwarded.h"

#include <algorithm>
#include <utility>

#include "base/token.h"
#include "http/field_text.h"
#include "http/fields.h"

namespace nano::http {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";
constexpr std::string_view kForwarded = "forwarded";
constexpr std::string_view kForwardedProto = "x-forwarded-proto";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// RFC 7239, section 6: five digits, or an underscore and what hides the port.
bool IsPort(std::string_view text) {
  if (text.starts_with('_')) {
    return text.size() > 1 && std::ranges::all_of(text.substr(1), [](char c) {
             return c != '~' && IsTokenCharacter(c);
           });
  }
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, IsDigit);
}

// Those of WebSockets are what some proxies write of an upgrade.
std::string_view SchemeOf(std::string_view text) {
  if (EqualsIgnoringCase(text, "https") || EqualsIgnoringCase(text, "wss")) return "https";
  if (EqualsIgnoringCase(text, "http") || EqualsIgnoringCase(text, "ws")) return "http";
  return {};
}

// All lines of a field, as they came.
std::vector<std::string_view> LinesOf(std::string_view block, std::string_view field) {
  std::vector<std::string_view> lines;
  while (const auto each = TakeField(block)) {
    if (each->name == field) lines.push_back(each->value);
  }
  return lines;
}

// Takes what is behind the last comma, without the spaces around it.
std::string_view TakeItem(std::string_view& list) {
  const size_t comma = list.rfind(',');
  const bool is_last = comma == std::string_view::npos;
  const std::string_view item = Trimmed(is_last ? list : list.substr(comma + 1));
  list = list.substr(0, is_last ? 0 : comma);
  return item;
}

// Commas in quotes of one element: more than any proxy writes. Without a limit, a value of commas
// and a quote that is left open would be read once for each of them.
constexpr int kMostQuotedCommas = 16;

// Reads one element of Forwarded, strictly.
class ElementReader {
 public:
  explicit ElementReader(std::string_view text) : rest_(text) {}

  // None: it is malformed, or more than one.
  std::optional<ForwardedNode> Read() {
    ForwardedNode node;
    while (!rest_.empty()) {
      if (!ReadPair(node)) return std::nullopt;
    }
    return node;
  }

 private:
  // A pair, and the semicolon behind it.
  bool ReadPair(ForwardedNode& node) {
    const std::string_view name = TakeToken();
    if (!name.empty()) {
      if (!Take('=')) return false;
      const std::optional<std::string> value = TakeValue();
      if (!value || !Note(node, name, *value)) return false;
    }
    SkipSpace();
    if (rest_.empty()) return true;
    if (!Take(';')) return false;
    SkipSpace();
    return true;
  }

  // Each parameter occurs once (section 4), whatever it says.
  bool Note(ForwardedNode& node, std::string_view name, const std::string& value) {
    if (EqualsIgnoringCase(name, "for")) {
      if (std::exchange(has_for_, true)) return false;
      node.address = AddressOfNode(value);
    } else if (EqualsIgnoringCase(name, "proto")) {
      if (std::exchange(has_proto_, true)) return false;
      node.scheme = SchemeOf(value);
    }
    return true;
  }

  std::optional<std::string> TakeValue() {
    if (!Take('"')) {
      const std::string_view token = TakeToken();
      return token.empty() ? std::nullopt : std::optional<std::string>(token);
    }
    std::string value;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c == '\\') {
        if (rest_.empty()) return std::nullopt;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      value.push_back(c);
    }
    return std::nullopt;
  }

  std::string_view TakeToken() {
    const auto end = std::ranges::find_if_not(rest_, IsTokenCharacter);
    const auto size = static_cast<size_t>(end - rest_.begin());
    const std::string_view token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void SkipSpace() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::string_view rest_;
  bool has_for_ = false;
  bool has_proto_ = false;
};

}  // namespace

ForwardedFormat FormatOf(std::string_view field) {
  if (field == kForwardedFor) return ForwardedFormat::kList;
  return field == kForwarded ? ForwardedFormat::kElements : ForwardedFormat::kAddress;
}

std::optional<IpAddress> AddressOfNode(std::string_view node) {
  if (node.starts_with('[')) {
    const size_t end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view port = node.substr(end + 1);
    if (!port.empty() && (port.front() != ':' || !IsPort(port.substr(1)))) return std::nullopt;
    const std::string_view inside = node.substr(1, end - 1);
    // Brackets are for IPv6 alone.
    if (inside.find(':') == std::string_view::npos) return std::nullopt;
    return IpAddress::Parse(inside);
  }
  const size_t colon = node.find(':');
  // One colon: a port. More of them: IPv6, which has a port in brackets alone.
  if (colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos) {
    if (!IsPort(node.substr(colon + 1))) return std::nullopt;
    node = node.substr(0, colon);
  }
  return IpAddress::Parse(node);
}

ForwardedNodes::ForwardedNodes(std::string_view block, std::string_view field)
    : format_(FormatOf(field)), lines_(LinesOf(block, field)) {}

std::optional<ForwardedNode> ForwardedNodes::Next() {
  if (at_end_) return std::nullopt;
  std::optional<ForwardedNode> node;
  if (format_ == ForwardedFormat::kElements) {
    node = NextElement();
  } else if (const std::optional<std::string_view> item = NextItem()) {
    node = ForwardedNode{AddressOfNode(*item), {}};
    if (format_ == ForwardedFormat::kAddress) {
      // Two values: one of them a client has sent, and nobody knows which.
      if (NextItem()) node->address.reset();
      at_end_ = true;
    }
  }
  if (!node || !node->address) at_end_ = true;
  return node;
}

bool ForwardedNodes::HasMore() {
  while (rest_.empty()) {
    if (lines_.empty()) return false;
    rest_ = lines_.back();
    lines_.pop_back();
  }
  return true;
}

std::optional<std::string_view> ForwardedNodes::NextItem() {
  while (HasMore()) {
    const std::string_view item = TakeItem(rest_);
    if (!item.empty()) return item;
  }
  return std::nullopt;
}

// What stands behind the last comma and is an element by itself is what the nearest proxy has
// written, whatever it was sent: no end of a text in quotes is one, as it has a quote too many.
// Otherwise that comma may have been in quotes, and the one before it is the last.
std::optional<ForwardedNode> ForwardedNodes::NextElement() {
  while (HasMore()) {
    const std::string_view line = rest_;
    std::string_view text = TakeItem(rest_);
    if (text.empty()) continue;
    for (int commas = 0;; ++commas) {
      if (const auto node = ElementReader(text).Read()) return node;
      if (rest_.empty() || commas == kMostQuotedCommas) return ForwardedNode{};
      TakeItem(rest_);
      text = Trimmed(line.substr(rest_.empty() ? 0 : rest_.size() + 1));
    }
  }
  return std::nullopt;
}

std::string_view ForwardedScheme(std::string_view block, size_t place) {
  const std::vector<std::string_view> lines = LinesOf(block, kForwardedProto);
  std::string_view scheme;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    std::string_view rest = *line;
    while (!rest.empty()) {
      const std::string_view item = TakeItem(rest);
      if (item.empty()) continue;
      scheme = SchemeOf(item);
      if (place-- == 0) return scheme;
    }
  }
  return scheme;
}

}  // namespace nano::http
