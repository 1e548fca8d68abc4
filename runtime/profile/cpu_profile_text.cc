// Nodes, samples and times as JSON. See cpu_profile_text.h.
#include "runtime/profile/cpu_profile_text.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "base/json_text.h"

namespace nano::runtime {
namespace {

constexpr size_t kPartBytes = 64 * 1024;
// Of a line's last segment.
constexpr uint32_t kEndOfLine = std::numeric_limits<int32_t>::max();
// A time without a sample that is no chance: other isolates of the thread had their turns, or the
// machine had none for it. DevTools would put it down to whatever was sampled before.
constexpr int kLongestGap = 20;  // Intervals.
constexpr std::string_view kNotSampled = "(not sampled)";

// What is below a node, and itself.
template <typename Visit>
void EachNode(const v8::CpuProfileNode& root, Visit visit) {
  std::vector<const v8::CpuProfileNode*> open{&root};  // A stack may be deep.
  while (!open.empty()) {
    const v8::CpuProfileNode* const node = open.back();
    open.pop_back();
    visit(*node);
    for (int i = node->GetChildrenCount(); i-- > 0;) open.push_back(node->GetChild(i));
  }
}

}  // namespace

void CpuProfileText::Number(int64_t number) {
  char digits[24];
  text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void CpuProfileText::Name(std::string_view name, std::string_view text) {
  text_.append(name);
  AppendJsonString(text_, text);
}

void CpuProfileText::FlushIfLarge() {
  if (text_.size() < kPartBytes) return;
  taken_ = taken_ && sink_(text_);
  text_.clear();
}

bool CpuProfileText::Write() {
  WriteNodes();
  WriteSamples();
  taken_ = taken_ && sink_(text_);
  return taken_;
}

void CpuProfileText::WriteNodes() {
  const v8::CpuProfileNode& root = *profile_.GetTopDownRoot();
  EachNode(root, [this](const v8::CpuProfileNode& node) {
    last_id_ = std::max(last_id_, node.GetNodeId());
  });
  text_ += "{\"nodes\":[";
  EachNode(root, [this, &root](const v8::CpuProfileNode& node) {
    if (&node != &root) text_ += ",\n";
    WriteNode(node);
    FlushIfLarge();
  });
  text_ += ",\n{\"id\":";
  Number(last_id_ + 1);
  Name(",\"callFrame\":{\"functionName\":", kNotSampled);
  text_ +=
      ",\"scriptId\":\"0\",\"url\":\"\",\"lineNumber\":-1,\"columnNumber\":-1},\"hitCount\":0}]";
}

void CpuProfileText::WriteNode(const v8::CpuProfileNode& node) {
  // From 1, or 0 where there is none.
  int line = node.GetLineNumber();
  int column = node.GetColumnNumber();
  std::string_view url = node.GetScriptResourceNameStr();
  std::string_view name = node.GetFunctionNameStr();
  std::string_view source;
  if (url == sources_.script_name && line > 0) {
    const std::optional<OriginalPosition> place = sources_.map.Lookup(
        static_cast<uint32_t>(line), static_cast<uint32_t>(std::max(column, 1)));
    if (place) {
      url = source = place->source;
      line = static_cast<int>(place->line);
      column = static_cast<int>(place->column);
    }
  }
  text_ += "{\"id\":";
  Number(node.GetNodeId());
  Name(",\"callFrame\":{\"functionName\":", name);
  text_ += ",\"scriptId\":\"";
  Number(node.GetScriptId());
  Name("\",\"url\":", url);
  text_ += ",\"lineNumber\":";
  Number(line - 1);
  text_ += ",\"columnNumber\":";
  Number(column - 1);
  text_ += "},\"hitCount\":";
  Number(node.GetHitCount());
  const int children = node.GetChildrenCount();
  const bool is_root = node.GetParent() == nullptr;
  if (children > 0 || is_root) {
    text_ += ",\"children\":[";
    for (int i = 0; i < children; ++i) {
      Number(node.GetChild(i)->GetNodeId());
      if (i + 1 < children) text_ += ',';
    }
    if (is_root) {
      if (children > 0) text_ += ',';
      Number(last_id_ + 1);
    }
    text_ += ']';
  }
  WriteTicks(node, source);
  text_ += '}';
}

// Which lines of a function the samples were found in.
void CpuProfileText::WriteTicks(const v8::CpuProfileNode& node, std::string_view source) {
  const unsigned count = node.GetHitLineCount();
  if (count == 0) return;
  std::vector<v8::CpuProfileNode::LineTick> ticks(count);
  if (!node.GetLineTicks(ticks.data(), count)) return;
  std::map<int, unsigned> lines;
  for (const v8::CpuProfileNode::LineTick& tick : ticks) {
    int line = tick.line;
    if (!source.empty()) {
      // A line of a bundle is one of the source's, mostly, and V8 knows no column here.
      const std::optional<OriginalPosition> place =
          sources_.map.Lookup(static_cast<uint32_t>(line), kEndOfLine);
      if (!place || place->source != source) continue;
      line = static_cast<int>(place->line);
    }
    lines[line] += tick.hit_count;
  }
  if (lines.empty()) return;
  text_ += ",\"positionTicks\":[";
  for (const auto& [line, hits] : lines) {
    if (text_.back() != '[') text_ += ',';
    text_ += "{\"line\":";
    Number(line);
    text_ += ",\"ticks\":";
    Number(hits);
    text_ += '}';
  }
  text_ += ']';
}

void CpuProfileText::WriteSamples() {
  text_ += ",\n\"startTime\":";
  Number(profile_.GetStartTime());
  text_ += ",\"endTime\":";
  Number(profile_.GetEndTime());
  // What each sample found, and the time since the one before.
  std::string times;
  int64_t last = profile_.GetStartTime();
  text_ += ",\n\"samples\":[";
  const auto add = [&](unsigned id, int64_t time) {
    if (!times.empty()) {
      times += ',';
      text_ += ',';
    }
    Number(id);
    times += std::to_string(time - last);
    last = time;
    FlushIfLarge();
  };
  const int64_t longest = int64_t{kLongestGap} * interval_us_;
  for (int i = 0; i < profile_.GetSamplesCount(); ++i) {
    const int64_t time = profile_.GetSampleTimestamp(i);
    if (time - last > longest) add(last_id_ + 1, last + interval_us_);
    add(profile_.GetSample(i)->GetNodeId(), time);
  }
  if (profile_.GetEndTime() - last > longest) add(last_id_ + 1, last + interval_us_);
  text_ += "],\n\"timeDeltas\":[" + times + "]}\n";
}

}  // namespace nano::runtime
