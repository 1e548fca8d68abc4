// Reading of Accept-Encoding. See accept_encoding.h for ownership and threads.
#include "http/accept_encoding.h"

#include <algorithm>
#include <optional>

namespace nano::http {
namespace {

constexpr std::array<std::string_view, kContentCodings> kNames = {"br", "zstd", "gzip", "identity"};
constexpr int kFull = 1000;  // A weight of 1.

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

// "0.5", in thousandths (section 12.4.2). What is no weight is none: 0.
int Weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = text[0] == '1' ? kFull : 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  int unit = kFull / 10;
  for (const char c : text.substr(std::min<size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, kFull);
}

struct Element {
  std::string_view name;
  int weight = kFull;
};

Element ParseElement(std::string_view text) {
  const size_t semicolon = text.find(';');
  Element element{.name = Trimmed(text.substr(0, semicolon))};
  if (semicolon == std::string_view::npos) return element;
  const std::string_view parameter = Trimmed(text.substr(semicolon + 1));
  if (parameter.size() >= 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=') {
    element.weight = Weight(Trimmed(parameter.substr(2)));
  }
  return element;
}

}  // namespace

std::string_view NameOf(ContentCoding coding) { return kNames[static_cast<size_t>(coding)]; }

ContentCoding ChooseCoding(std::string_view accept_encoding, ContentCodings available) {
  std::array<std::optional<int>, kContentCodings> weights{};
  std::optional<int> others;
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const Element element = ParseElement(accept_encoding.substr(0, comma));
    if (element.name == "*") others = element.weight;
    for (size_t i = 0; i < kContentCodings; ++i) {
      const bool is_old_name = kNames[i] == "gzip" && EqualsIgnoringCase(element.name, "x-gzip");
      if (is_old_name || EqualsIgnoringCase(element.name, kNames[i])) weights[i] = element.weight;
    }
    if (comma == std::string_view::npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  // Identity is taken by who does not say otherwise, but less gladly than what is named.
  ContentCoding best = ContentCoding::kIdentity;
  int best_weight = weights[static_cast<size_t>(best)].value_or(0);
  for (size_t i = 0; i + 1 < kContentCodings; ++i) {
    const auto coding = static_cast<ContentCoding>(i);
    const int weight = weights[i].value_or(others.value_or(0));
    if (!available.Has(coding) || weight == 0) continue;
    if (weight > best_weight || (best == ContentCoding::kIdentity && weight == best_weight)) {
      best = coding;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace nano::http
