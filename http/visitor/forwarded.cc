// Lists with commas, and the grammar of RFC 7239, section 4. See forwarded.h.
#include "http/visitor/forwarded.h"

#include <algorithm>
#include <utility>

#include "http/field_text.h"
#include "http/fields.h"

namespace nano::http {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";
constexpr std::string_view kForwarded = "forwarded";
constexpr std::string_view kForwardedProto = "x-forwarded-proto";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsTokenCharacter(char c) {
  if (IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

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

// Calls with the items of a field with commas, of all its lines, the last one first. Empty ones are
// none (RFC 9110, section 5.6.1).
template <typename Visit>
void EachFromRight(std::string_view block, std::string_view field, Visit visit) {
  std::vector<std::string_view> values;
  while (const auto each = TakeField(block)) {
    if (each->name == field) values.push_back(each->value);
  }
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    std::string_view rest = *value;
    while (!rest.empty()) {
      const size_t comma = rest.rfind(',');
      const std::string_view item =
          Trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
      if (!item.empty() && !visit(item)) return;
    }
  }
}

// Reads one value of Forwarded. Strict, as every proxy appends to what others have written: a quote
// that is left open by one must not swallow what the next one says.
class ElementReader {
 public:
  explicit ElementReader(std::string_view text) : rest_(text) {}

  // The elements from left to right; none: the value is malformed.
  std::optional<std::vector<ForwardedNode>> Read() {
    std::vector<ForwardedNode> nodes;
    while (true) {
      SkipSpace();
      ForwardedNode node;
      bool is_empty = true;
      while (!rest_.empty() && rest_.front() != ',') {
        if (!ReadPair(node, is_empty)) return std::nullopt;
      }
      if (!is_empty) nodes.push_back(node);
      if (rest_.empty()) return nodes;
      rest_.remove_prefix(1);
    }
  }

 private:
  // A pair, and the semicolon behind it.
  bool ReadPair(ForwardedNode& node, bool& is_empty) {
    const std::string_view name = TakeToken();
    if (!name.empty()) {
      if (!Take('=')) return false;
      const std::optional<std::string> value = TakeValue();
      if (!value) return false;
      is_empty = false;
      if (!Note(node, name, *value)) return false;
    }
    SkipSpace();
    if (rest_.empty() || rest_.front() == ',') return true;
    if (!Take(';')) return false;
    SkipSpace();
    return true;
  }

  // Each parameter occurs once (section 4).
  bool Note(ForwardedNode& node, std::string_view name, const std::string& value) {
    if (EqualsIgnoringCase(name, "for")) {
      if (node.address) return false;
      node.address = AddressOfNode(value);
    } else if (EqualsIgnoringCase(name, "proto")) {
      if (!node.scheme.empty()) return false;
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
};

std::vector<ForwardedNode> NodesOfList(std::string_view block, std::string_view field) {
  std::vector<ForwardedNode> nodes;
  EachFromRight(block, field, [&](std::string_view item) {
    nodes.push_back({AddressOfNode(item), {}});
    return nodes.back().address.has_value();
  });
  return nodes;
}

std::vector<ForwardedNode> NodesOfElements(std::string_view block, std::string_view field) {
  std::vector<std::string_view> values;
  while (const auto each = TakeField(block)) {
    if (each->name == field) values.push_back(each->value);
  }
  std::vector<ForwardedNode> nodes;
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    auto read = ElementReader(*value).Read();
    if (!read) {
      nodes.emplace_back();
      return nodes;
    }
    for (auto node = read->rbegin(); node != read->rend(); ++node) {
      nodes.push_back(*node);
      if (!node->address) return nodes;
    }
  }
  return nodes;
}

// Two values: one of them a client has sent, and nobody knows which.
std::vector<ForwardedNode> NodesOfAddress(std::string_view block, std::string_view field) {
  std::vector<ForwardedNode> nodes;
  EachFromRight(block, field, [&](std::string_view item) {
    if (!nodes.empty()) {
      nodes = {{}};
      return false;
    }
    nodes.push_back({AddressOfNode(item), {}});
    return true;
  });
  return nodes;
}

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

std::vector<ForwardedNode> ForwardedNodes(std::string_view block, std::string_view field) {
  switch (FormatOf(field)) {
    case ForwardedFormat::kList:
      return NodesOfList(block, field);
    case ForwardedFormat::kElements:
      return NodesOfElements(block, field);
    case ForwardedFormat::kAddress:
      return NodesOfAddress(block, field);
  }
  return {};
}

std::vector<std::string_view> ForwardedSchemes(std::string_view block) {
  std::vector<std::string_view> schemes;
  EachFromRight(block, kForwardedProto, [&](std::string_view item) {
    schemes.push_back(SchemeOf(item));
    return true;
  });
  return schemes;
}

}  // namespace nano::http
