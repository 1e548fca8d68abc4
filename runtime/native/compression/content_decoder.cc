// Puts a transcoder for each coding behind one another, and counts what goes through.
#include "runtime/native/compression/content_decoder.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <string>
#include <utility>

#include "base/check.h"

namespace nano::runtime {
namespace {

// What one stage hands to the next at once.
constexpr size_t kInputSize = 16 * 1024;

bool EqualIgnoringCase(std::string_view name, std::string_view lower_case) {
  return std::ranges::equal(name, lower_case, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
  });
}

// The elements of a field's list, without white space and empty ones (RFC 9110, section 5.6.1.2).
std::vector<std::string_view> Elements(std::string_view list) {
  std::vector<std::string_view> elements;
  while (!list.empty()) {
    std::string_view element = list.substr(0, list.find(','));
    list.remove_prefix(std::min(element.size() + 1, list.size()));
    element.remove_prefix(std::min(element.find_first_not_of(" \t"), element.size()));
    element = element.substr(0, element.find_last_not_of(" \t") + 1);
    if (!element.empty()) elements.push_back(element);
  }
  return elements;
}

Error NoMemory() {
  return {.message = "there is no memory to decode the body", .where = {}, .hint = {}};
}

}  // namespace

struct ContentDecoder::Coding {
  std::string_view name;
  CompressionFormat format;
};

const ContentDecoder::Coding* ContentDecoder::Find(std::string_view name) {
  static constexpr Coding kCodings[] = {{"gzip", CompressionFormat::kGzip},
                                        {"x-gzip", CompressionFormat::kGzip},
                                        {"br", CompressionFormat::kBrotli},
                                        {"zstd", CompressionFormat::kZstd},
                                        {"deflate", CompressionFormat::kDeflate}};
  const auto* const found = std::ranges::find_if(
      kCodings, [&](const Coding& coding) { return EqualIgnoringCase(name, coding.name); });
  return found == std::end(kCodings) ? nullptr : found;
}

Result<std::unique_ptr<ContentDecoder>> ContentDecoder::Create(std::string_view content_encoding) {
  std::vector<std::string_view> names = Elements(content_encoding);
  std::erase_if(names, [](std::string_view name) { return EqualIgnoringCase(name, "identity"); });
  if (names.size() > kMaxCodings) {
    return Error{.message = "the body has " + std::to_string(names.size()) +
                            " content codings on top of one another; at most " +
                            std::to_string(kMaxCodings) + " are decoded",
                 .where = "Content-Encoding",
                 .hint = {}};
  }
  std::unique_ptr<ContentDecoder> none;
  if (names.empty()) return none;
  std::vector<const Coding*> codings;
  for (const std::string_view name : names) {
    codings.push_back(Find(name));
    if (codings.back() == nullptr) return none;
  }
  // The last one was applied last.
  std::unique_ptr<ContentDecoder> decoder(new ContentDecoder);
  for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
    if (!decoder->Add(**coding)) return NoMemory();
  }
  return decoder;
}

bool ContentDecoder::Add(const Coding& coding) {
  Stage stage{
      .coding = coding, .transcoder = Transcoder::ContentDecoder(coding.format), .input = nullptr};
  if (stage.transcoder == nullptr) return false;
  if (!stages_.empty()) {
    stage.input.reset(new (std::nothrow) char[kInputSize]);
    if (stage.input == nullptr) return false;
  }
  stages_.push_back(std::move(stage));
  return true;
}

std::optional<size_t> ContentDecoder::Write(std::string_view part, std::span<char> piece) {
  const std::optional<size_t> length = Pull(stages_.size() - 1, part, piece);
  NANO_CHECK(!length || part.empty());  // Or the caller has not taken all that there was.
  return length;
}

std::optional<size_t> ContentDecoder::Next(std::span<char> piece) {
  std::string_view nothing;
  return Pull(stages_.size() - 1, nothing, piece);
}

std::optional<size_t> ContentDecoder::Finish(std::span<char> piece) {
  if (failed_) return std::nullopt;
  for (Stage& stage : stages_) {
    // An empty body has no coding at all: not even gzip's header.
    if (stage.taken > 0 && !stage.transcoder->Finish(piece)) return Fail(stage);
  }
  return 0;
}

// What a stage gives next, out of what it still has and what the stages before it give; the first
// one takes `part`.
std::optional<size_t> ContentDecoder::Pull(size_t index, std::string_view& part,
                                           std::span<char> piece) {
  if (failed_) return std::nullopt;
  Stage& stage = stages_[index];
  std::optional<size_t> length = Checked(stage, stage.transcoder->Next(piece));
  while (length == 0u) {
    std::string_view input;
    if (index == 0) {
      input = std::exchange(part, {});
    } else {
      const std::span<char> buffer(stage.input.get(), kInputSize);
      const std::optional<size_t> filled = Pull(index - 1, part, buffer);
      if (!filled) return std::nullopt;
      input = {buffer.data(), *filled};
    }
    if (input.empty()) break;
    stage.taken += input.size();
    length = Checked(stage, stage.transcoder->Write(input, piece));
  }
  return length;
}

// Counts what a stage has given. Each counts, not only the last one: what a stage swallows
// (padding, say, or a long header) has cost the stages before it their time.
std::optional<size_t> ContentDecoder::Checked(Stage& stage, std::optional<size_t> length) {
  if (!length) return Fail(stage);
  stage.given += *length;
  const Stage& first = stages_.front();
  const uint64_t read = first.taken - first.transcoder->unread();
  if (stage.given <= kFreeOutput || stage.given <= kMaxExpansion * read) return length;
  failed_ = true;
  failure_ = {Failure::kData, "its " + std::string(stage.coding.name) +
                                  " coding expands to more than " + std::to_string(kMaxExpansion) +
                                  " times what was received"};
  return std::nullopt;
}

std::nullopt_t ContentDecoder::Fail(const Stage& stage) {
  failed_ = true;
  failure_ = stage.transcoder->failure();
  if (failure_.kind == Failure::kData) {
    failure_.problem =
        "its " + std::string(stage.coding.name) + " coding is not valid: " + failure_.problem;
  }
  return std::nullopt;
}

size_t ContentDecoder::memory() const {
  size_t total = 0;
  for (const Stage& stage : stages_) {
    total += stage.transcoder->memory() + (stage.input == nullptr ? 0 : kInputSize);
  }
  return total;
}

}  // namespace nano::runtime
