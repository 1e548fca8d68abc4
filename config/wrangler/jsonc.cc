// By recursive descent, no deeper than kMostDepth.
#include "config/wrangler/jsonc.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"

namespace nano::config {
namespace {

constexpr size_t kMaxBytes = 1024 * 1024;
constexpr int kMostDepth = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

using NodePtr = std::shared_ptr<Node>;

class Parser {
 public:
  explicit Parser(std::shared_ptr<const Source> source)
      : source_(std::move(source)), text_(source_->text) {}

  Result<std::shared_ptr<const Node>> Parse() {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    NodePtr root = TRY(Value(0));
    TRY(SkipSpace());
    if (at_ != text_.size()) return Wrong("expected the end of the file");
    return std::shared_ptr<const Node>(std::move(root));
  }

 private:
  // Counted on from the place that was asked for before: places are asked for in order.
  Place Here() {
    for (; counted_ < at_; ++counted_) {
      if (text_[counted_] != '\n') continue;
      ++line_;
      line_begin_ = counted_ + 1;
    }
    return {source_, line_, static_cast<int>(at_ - line_begin_) + 1};
  }

  Error Wrong(const std::string& message) {
    return ErrorAt(Here(), "this is not JSON: " + message,
                   "Comments and a comma before a closing bracket may be there beside JSON.");
  }

  bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  Result<void> SkipSpace() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return Wrong("a comment without its end");
        at_ = end + 2;
      } else if (std::string_view(" \t\r\n").find(rest.front()) != std::string_view::npos) {
        ++at_;
      } else {
        break;
      }
    }
    return {};
  }

  Result<NodePtr> Value(int depth) {
    TRY(SkipSpace());
    auto node = std::make_shared<Node>();
    node->place = Here();
    if (depth > kMostDepth) return Wrong("too many levels");
    if (Is('{')) {
      TRY(Members(*node, depth));
    } else if (Is('[')) {
      TRY(Items(*node, depth));
    } else if (Is('"')) {
      node->kind = Node::Kind::kScalar;
      node->scalar = TRY(Text());
    } else {
      TRY(Plain(*node));
    }
    return node;
  }

  // Whether another value follows in a list or map, after `first`: none does where it is closed.
  Result<bool> Goes(char close, bool first) {
    TRY(SkipSpace());
    if (!first) {
      if (!Is(close) && !Is(',')) return Wrong(std::string("expected ',' or '") + close + "'");
      if (Is(',')) ++at_;
      TRY(SkipSpace());
    }
    if (!Is(close)) return true;
    ++at_;
    return false;
  }

  Result<void> Members(Node& node, int depth) {
    node.kind = Node::Kind::kMap;
    ++at_;
    for (bool first = true; TRY(Goes('}', first)); first = false) {
      Node::Entry entry;
      entry.place = Here();
      if (!Is('"')) return Wrong("expected a name in quotes");
      entry.key = TRY(Text());
      TRY(SkipSpace());
      if (!Is(':')) return Wrong("expected ':'");
      ++at_;
      entry.value = TRY(Value(depth + 1));
      node.entries.push_back(std::move(entry));
    }
    DropRepeated(node.entries);
    return {};
  }

  // Of names that are there twice the last one counts, as in JSON. In one pass: a file may have a
  // hundred thousand of them.
  static void DropRepeated(std::vector<Node::Entry>& entries) {
    std::unordered_set<std::string_view> known;
    std::vector<bool> is_repeated(entries.size());
    for (size_t at = entries.size(); at-- > 0;) {
      is_repeated[at] = !known.insert(entries[at].key).second;
    }
    if (known.size() == entries.size()) return;
    std::vector<Node::Entry> last;
    for (size_t at = 0; at < entries.size(); ++at) {
      if (!is_repeated[at]) last.push_back(std::move(entries[at]));
    }
    entries = std::move(last);
  }

  Result<void> Items(Node& node, int depth) {
    node.kind = Node::Kind::kList;
    ++at_;
    for (bool first = true; TRY(Goes(']', first)); first = false) {
      node.items.push_back(TRY(Value(depth + 1)));
    }
    return {};
  }

  // The strict parser knows what may be in quotes, and what a number is.
  Result<std::string> Text() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    if (end >= text_.size() || text_[end] != '"') return Wrong("a text without its closing quote");
    const Result<Json> json = Json::Parse(text_.substr(at_, end + 1 - at_));
    if (!json.ok()) return Wrong("a malformed text");
    at_ = end + 1;
    return *json->text();
  }

  Result<void> Plain(Node& node) {
    const size_t end = std::min(text_.find_first_of(" \t\r\n,:[]{}\"/", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    const Result<Json> json = Json::Parse(word);
    if (word.empty() || !json.ok()) return Wrong("expected a value");
    at_ = end;
    if (json->is_null()) return {};
    node.kind = Node::Kind::kScalar;
    node.plain = true;
    node.scalar = word;
    return {};
  }

  const std::shared_ptr<const Source> source_;
  const std::string_view text_;
  size_t at_ = 0;
  size_t counted_ = 0;
  int line_ = 1;
  size_t line_begin_ = 0;
};

}  // namespace

Result<std::shared_ptr<const Node>> ParseJsonc(const std::shared_ptr<const Source>& source) {
  if (source->text.size() > kMaxBytes) {
    return Error{"the file is larger than 1 MiB", source->path, "Is it a configuration file?"};
  }
  return Parser(source).Parse();
}

}  // namespace nano::config
