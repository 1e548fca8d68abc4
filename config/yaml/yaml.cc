// The tree builder on yaml-cpp's event interface.
#include "config/yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"

namespace nano::config {
namespace {

// Far above any real file; keeps the parser's worst cases short.
constexpr size_t kMaxBytes = 1024 * 1024;

// Events have no results: the first mistake is kept, and what follows it passes by.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  std::shared_ptr<const Node> root() const { return root_; }
  const std::optional<Error>& error() const { return error_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Refuse(At(mark), "a second YAML document", "Remove the '---' line.");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(std::make_shared<Node>(), mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return Refuse(At(mark), "an alias of an unknown anchor");
    if (std::find(open_.begin(), open_.end(), found->second) != open_.end()) {
      return Refuse(At(mark), "an alias inside the value that it stands for");
    }
    Attach(found->second, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckTag(mark, tag);
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::kScalar;
    node->plain = tag == "?";
    node->scalar = value;
    Add(std::move(node), mark, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  // The map that is being filled: the key that waits for its value, and all keys so far.
  struct Keys {
    std::optional<Node::Entry> pending;
    std::map<std::string, Place> seen;
  };

  void Refuse(const Place& place, std::string message, std::string hint = "") {
    if (!error_.has_value()) error_ = ErrorAt(place, std::move(message), std::move(hint));
  }

  Place At(const YAML::Mark& mark) const { return {source_, mark.line + 1, mark.column + 1}; }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    Refuse(At(mark), "YAML tags mean nothing here: '" + tag + "'", "Remove the tag.");
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    CheckTag(mark, tag);
    auto node = std::make_shared<Node>();
    node->kind = kind;
    Add(node, mark, anchor);
    open_.push_back(std::move(node));
    keys_.emplace_back();
  }

  void Close() {
    open_.pop_back();
    keys_.pop_back();
  }

  void Add(std::shared_ptr<Node> node, const YAML::Mark& mark, YAML::anchor_t anchor) {
    node->place = At(mark);
    // The parser notices that a value is missing only at the next token, which may be lines away.
    if (node->kind == Node::Kind::kNull && !open_.empty() && keys_.back().pending.has_value()) {
      node->place = keys_.back().pending->place;
    }
    if (anchor != 0) anchors_[anchor] = node;
    Attach(std::move(node), mark);
  }

  void Attach(std::shared_ptr<Node> node, const YAML::Mark& mark) {
    if (error_.has_value()) return;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Node& parent = *open_.back();
    if (parent.kind == Node::Kind::kList) {
      parent.items.push_back(std::move(node));
      return;
    }
    Keys& keys = keys_.back();
    if (keys.pending.has_value()) {
      keys.pending->value = std::move(node);
      parent.entries.push_back(*std::exchange(keys.pending, std::nullopt));
      return;
    }
    const Place place = At(mark);
    if (node->kind != Node::Kind::kScalar) {
      return Refuse(place, "a key must be a word", "Put it in quotes if it is meant as text.");
    }
    if (node->plain && node->scalar == "<<") {
      return Refuse(place, "merge keys ('<<') are not supported",
                    "Repeat the values, or use `defaults`.");
    }
    const auto [seen, fresh] = keys.seen.emplace(node->scalar, place);
    if (!fresh) {
      return Refuse(place, "duplicate key '" + node->scalar + "'",
                    "It is set in line " + std::to_string(seen->second.line) + " already.");
    }
    keys.pending = Node::Entry{node->scalar, place, nullptr};
  }

  const std::shared_ptr<const Source> source_;
  std::shared_ptr<const Node> root_ = std::make_shared<Node>();
  std::vector<std::shared_ptr<Node>> open_;  // Lists and maps around the place, outermost first.
  std::vector<Keys> keys_;                   // One for each of them.
  std::map<YAML::anchor_t, std::shared_ptr<Node>> anchors_;
  int documents_ = 0;
  std::optional<Error> error_;
};

// What yaml-cpp would let pass or, worse, take for the end of the text (U+0004).
std::optional<Error> CheckCharacters(const std::shared_ptr<const Source>& source) {
  const std::string_view text = source->text;
  int line = 1;
  size_t line_begin = 0;
  for (size_t position = 0; position < text.size();) {
    const size_t start = position;
    const char32_t c = NextCodePoint(text, position);
    const Place place{source, line, static_cast<int>(start - line_begin) + 1};
    if (c == '\n') {
      ++line;
      line_begin = position;
    } else if (c == kReplacementCharacter && text.substr(start, 3) != "\xEF\xBF\xBD") {
      return ErrorAt(place, "the file is not valid UTF-8", "Save it as UTF-8.");
    } else if ((c < 0x20 && c != '\t' && c != '\r') || (c >= 0x7F && c < 0xA0 && c != 0x85)) {
      return ErrorAt(place, "a control character",
                     "Remove it, or write it as \"\\x..\" in quotes.");
    }
  }
  return std::nullopt;
}

// The text as the parser gets it. yaml-cpp 0.7 takes an unclosed quote for closed if the text ends
// with a line break, which would swallow the rest of the file in silence; a comment at the end
// prevents that.
std::string Guarded(const std::string& text) {
  if (text.ends_with('\n') || text.ends_with('\r')) return text + "#";
  if (text.ends_with(' ') || text.ends_with('\t')) return text + "\n#";
  return text;
}

// Where the parser gave up. At the end of the text: just after the last thing in it.
Place PlaceOf(const YAML::Mark& mark, const std::shared_ptr<const Source>& source) {
  if (mark.is_null()) return {source, 0, 0};
  const std::string_view text = source->text;
  const size_t end = text.find_last_not_of(" \t\r\n") + 1;
  if (static_cast<size_t>(mark.pos) <= end) return {source, mark.line + 1, mark.column + 1};
  const std::string_view used = text.substr(0, end);
  const size_t line_begin = used.rfind('\n') + 1;
  return {source, static_cast<int>(std::count(used.begin(), used.end(), '\n')) + 1,
          static_cast<int>(end - line_begin) + 1};
}

// Gives the builder a text's events, as far as it is YAML; yaml-cpp's exceptions end here.
std::optional<Error> Parse(const std::shared_ptr<const Source>& source, TreeBuilder& builder) {
  try {
    std::istringstream stream(Guarded(source->text));
    YAML::Parser parser(stream);
    while (!builder.error().has_value() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& exception) {
    return ErrorAt(PlaceOf(exception.mark, source), "this is not YAML: " + exception.msg);
  } catch (const std::exception& exception) {
    return Error{std::string("the YAML parser failed: ") + exception.what(), source->path, ""};
  }
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<const Node>> ParseYaml(const std::shared_ptr<const Source>& source) {
  NANO_CHECK(source != nullptr);
  if (source->text.size() > kMaxBytes) {
    return Error{"the file is larger than 1 MiB", source->path, "Is it a configuration file?"};
  }
  if (std::optional<Error> error = CheckCharacters(source)) return *std::move(error);
  TreeBuilder builder(source);
  std::optional<Error> failure = Parse(source, builder);
  // What the builder refuses stands before what the parser gives up at.
  if (builder.error().has_value()) return *builder.error();
  if (failure.has_value()) return *std::move(failure);
  return builder.root();
}

}  // namespace nano::config
