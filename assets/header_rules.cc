// Reading and applying of rules. See header_rules.h for ownership and threads.
#include "assets/header_rules.h"

#include <algorithm>
#include <optional>
#include <set>

#include "assets/rule_lines.h"
#include "base/token.h"
#include "http/field_text.h"

namespace nano::assets {
namespace {

// Fields that say how a message is framed and carried, which is the server's to know.
constexpr std::string_view kFraming[] = {
    "connection", "content-length",   "keep-alive",   "transfer-encoding", "upgrade", "trailer",
    "te",         "content-encoding", "content-range"};

// A field's name as rules have it; an Error says what is wrong with it.
Result<std::string> NameOf(std::string_view text) {
  std::string name;
  http::AppendLowerCase(name, http::Trimmed(text));
  if (name.empty()) return Error{"a field has no name", "", ""};
  if (!IsToken(name)) {
    return Error{"'" + name + "' cannot be the name of a field", "", ""};
  }
  if (std::find(std::begin(kFraming), std::end(kFraming), name) != std::end(kFraming)) {
    return Error{"`" + name + "` is the server's to say", "", ""};
  }
  return name;
}

bool LooksLikePath(std::string_view line) {
  const size_t scheme = line.find("://");
  return line.starts_with('/') ||
         (scheme != std::string_view::npos && scheme > 0 && line.find_first_of(" \t") > scheme);
}

bool HasPort(std::string_view url) {
  const std::string_view host = url.substr(0, url.find('/', 8));
  const size_t colon = host.rfind(':');
  return colon > 5 && colon + 1 < host.size() &&
         std::all_of(host.begin() + static_cast<ptrdiff_t>(colon) + 1, host.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

std::string* Find(FieldList& fields, std::string_view name) {
  const auto field = std::find_if(fields.begin(), fields.end(),
                                  [name](const auto& one) { return one.first == name; });
  return field == fields.end() ? nullptr : &field->second;
}

bool IsFieldValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

}  // namespace

HeaderRules HeaderRules::Parse(std::string_view text, const std::string& path,
                               std::vector<Error>& warnings) {
  HeaderRules rules;
  LineWarnings told(path, warnings);
  std::optional<Rule> rule;
  size_t begun = 0;  // The line of its path.
  const auto finish = [&] {
    if (!rule) return;
    if (rule->set.empty() && rule->unset.empty()) {
      told.Add(begun, "no fields follow it");
    } else {
      rules.rules_.push_back(*std::move(rule));
    }
    rule.reset();
  };
  ForEachRuleLine(text, told, [&](size_t number, std::string_view line) {
    if (LooksLikePath(line)) {
      finish();
      Result<std::string> where = RuleUrl(line, /*whole=*/false);
      if (!where.ok()) return told.Add(number, where.error().message);
      if (where->starts_with("https://") && HasPort(*where))
        return told.Add(number, "hosts have no port here");
      Result<RulePattern> pattern = RulePattern::Parse(std::move(where).value());
      if (!pattern.ok()) return told.Add(number, pattern.error().message);
      rule = Rule{std::move(pattern).value(), {}, {}};
      begun = number;
      return;
    }
    if (!rule) return told.Add(number, "a path has to come first, as in `/*`");
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      if (!line.starts_with('!')) return told.Add(number, "expected `NAME: VALUE`, or `! NAME`");
      Result<std::string> name = NameOf(line.substr(1));
      if (!name.ok()) return told.Add(number, name.error().message);
      return rule->unset.push_back(std::move(name).value());
    }
    Result<std::string> name = NameOf(line.substr(0, colon));
    if (!name.ok()) return told.Add(number, name.error().message);
    const std::string_view value = http::Trimmed(line.substr(colon + 1));
    if (value.empty()) return told.Add(number, "the field has no value");
    if (!IsFieldValue(value)) return told.Add(number, "there is a control character in the value");
    if (std::string* before = Find(rule->set, *name); before != nullptr) {
      before->append(", ").append(value);
    } else {
      rule->set.emplace_back(std::move(name).value(), value);
    }
  });
  finish();
  return rules;
}

void HeaderRules::Apply(std::string_view host, std::string_view path, FieldList& fields) const {
  std::set<std::string_view> set;  // By rules so far.
  std::string url;
  for (const Rule& rule : rules_) {
    if (rule.where.has_host() && url.empty())
      url = std::string("https://").append(host).append(path);
    const std::optional<Captures> captures =
        rule.where.Match(rule.where.has_host() ? std::string_view(url) : path);
    if (!captures) continue;
    for (const std::string& name : rule.unset) {
      std::erase_if(fields, [&name](const auto& field) { return field.first == name; });
    }
    for (const auto& [name, value] : rule.set) {
      std::string replaced = Replaced(value, *captures);
      std::string* const before = Find(fields, name);
      if (before == nullptr) {
        fields.emplace_back(name, std::move(replaced));
      } else if (set.contains(name)) {
        before->append(", ").append(replaced);
      } else {
        *before = std::move(replaced);
      }
      set.insert(name);
    }
  }
}

}  // namespace nano::assets
