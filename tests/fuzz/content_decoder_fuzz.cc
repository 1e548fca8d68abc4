// Fuzzes the decoder of content codings: whatever a server sends, decoding must neither crash nor
// over-read, hold no more memory than the codings' windows, and come to the same however the body
// was cut into parts and the output into pieces.
//
// An input is a value of Content-Encoding, a line feed, a byte n, n sizes of parts and the body.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "runtime/entry.h"
#include "runtime/native/compression/content_decoder.h"
#include "runtime/native/compression/transcoder.h"
#include "tests/fuzz/driver.h"

namespace {

using nano::runtime::CompressionFormat;
using nano::runtime::ContentDecoder;
using nano::runtime::Transcoder;

constexpr size_t kEnough = 256 * 1024;  // Of a bomb. What it does later, unit tests show.

struct Outcome {
  std::string bytes;
  std::string problem;
  bool cut_off = false;
};

// What a decoder of these codings may hold besides what is left of a part.
size_t MemoryLimit(std::string_view codings) {
  // Of the names that decoders have, only "br" has a b and only "zstd" has an s.
  const auto count = [&](std::string_view letters) {
    return static_cast<size_t>(std::ranges::count_if(
        codings, [&](char c) { return letters.find(c) != std::string_view::npos; }));
  };
  constexpr size_t kMebibyte = 1 << 20;
  return ContentDecoder::kMaxCodings * kMebibyte / 8 + count("bB") * 18 * kMebibyte +
         count("sS") * 9 * kMebibyte;
}

// Gives parts of the sizes, over and over.
Outcome Decode(std::string_view codings, std::string_view body, const std::vector<size_t>& sizes,
               size_t piece_size) {
  const auto decoder = ContentDecoder::Create(codings);
  NANO_CHECK(decoder.ok() && *decoder != nullptr);
  const size_t memory_limit = MemoryLimit(codings) + body.size();
  Outcome outcome;
  // Of exactly its size, so that AddressSanitizer sees an overflow; so are the parts.
  std::vector<char> piece(piece_size);
  const auto drain = [&](std::optional<size_t> length) {
    for (; length && *length > 0 && !outcome.cut_off; length = (*decoder)->Next(piece)) {
      NANO_CHECK(*length <= piece_size);
      NANO_CHECK((*decoder)->memory() <= memory_limit);
      outcome.bytes.append(piece.data(), *length);
      outcome.cut_off = outcome.bytes.size() >= kEnough;
    }
    NANO_CHECK((*decoder)->memory() <= memory_limit);
    if (length) return;
    outcome.problem = (*decoder)->failure().problem;
    NANO_CHECK(!outcome.problem.empty());
    NANO_CHECK((*decoder)->failure().kind == ContentDecoder::Failure::kData);
    NANO_CHECK(!(*decoder)->Next(piece) && !(*decoder)->Finish(piece));
  };
  const auto over = [&] { return outcome.cut_off || !outcome.problem.empty(); };
  for (size_t i = 0; !body.empty() && !over(); ++i) {
    const std::string_view part = body.substr(0, sizes[i % sizes.size()]);
    const std::vector<char> copy(part.begin(), part.end());
    drain((*decoder)->Write({copy.data(), copy.size()}, piece));
    body.remove_prefix(part.size());
  }
  if (!over()) drain((*decoder)->Finish(piece));
  return outcome;
}

bool Same(const Outcome& one, const Outcome& other) {
  // How far a body gets that fails depends on the parts. It never gets to something else.
  const size_t length = std::min(one.bytes.size(), other.bytes.size());
  if (one.bytes.compare(0, length, other.bytes, 0, length) != 0) return false;
  if (one.cut_off || other.cut_off) return true;
  return one.problem.empty() == other.problem.empty() &&
         (!one.problem.empty() || one.bytes == other.bytes);
}

std::string Compressed(CompressionFormat format, std::string_view text) {
  const auto compressor = Transcoder::Create(format, true);
  std::vector<char> piece(4096);
  std::string compressed;
  const auto drain = [&](std::optional<size_t> length) {
    for (; *length > 0; length = compressor->Next(piece)) compressed.append(piece.data(), *length);
  };
  drain(compressor->Write(text, piece));
  drain(compressor->Finish(piece));
  return compressed;
}

nano::fuzz::Material Material() {
  using enum CompressionFormat;
  const auto coded = [](std::initializer_list<CompressionFormat> formats) {
    std::string body;
    for (int i = 0; i < 60; ++i) body += "line " + std::to_string(i * i) + "\n";
    body += std::string(400, '\0');
    for (const CompressionFormat format : formats) body = Compressed(format, body);
    return body;
  };
  const std::string zeros(20, '\0');
  // 256 x, and the same with a window of gigabytes.
  const std::string frame("\x28\xB5\x2F\xFD\x40\x68\0\0\x03\x08\0x", 12);
  const std::string window("\x28\xB5\x2F\xFD\x40\xA8\0\0\x03\x08\0x", 12);
  const std::string sizes("\n\x03\1\x0B\x40", 5);
  return {
      .seeds = {"gzip" + sizes + coded({kGzip}), "gzip" + sizes + coded({kGzip}) + coded({kGzip}),
                "deflate" + sizes + coded({kDeflate}), "deflate" + sizes + coded({kDeflateRaw}),
                "br" + sizes + coded({kBrotli}), "zstd" + sizes + coded({kZstd}),
                "zstd" + sizes + coded({kZstd}) + coded({kZstd}),
                "gzip, br" + sizes + coded({kGzip, kBrotli}),
                "identity, X-Gzip ,zstd" + sizes + coded({kGzip, kZstd}),
                "br, deflate, gzip, zstd, br" + sizes +
                    coded({kBrotli, kDeflate, kGzip, kZstd, kBrotli}),
                "gzip" + sizes + coded({kGzip}) + zeros,
                "gzip" + sizes + coded({kGzip}) + zeros + coded({kGzip}),
                "zstd" + sizes + frame + window, "zstd" + sizes + window,
                "gzip,gzip,gzip,gzip,gzip,gzip" + sizes, "br" + sizes},
      .tokens = {"gzip", "br", "zstd", "deflate", "identity", ", ", "\n", "\xFF\xFF\xFF\xFF",
                 std::string("\0\0\0\0", 4), "\x1F\x8B\x08", std::string("\1\0\0\xFF\xFF", 5),
                 "\x78\x9C", std::string("\x28\xB5\x2F\xFD", 4), frame, window,
                 std::string("\x50\x2A\x4D\x18\x05\0\0\0", 8)},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view codings = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(codings.size() + 1, input.size()));
  const auto created = ContentDecoder::Create(codings);
  if (!created.ok() || *created == nullptr) return 0;
  std::vector<size_t> sizes = {1};
  if (!input.empty()) {
    const size_t count = static_cast<unsigned char>(input.front());
    for (const char c : input.substr(1, count)) sizes.push_back(static_cast<unsigned char>(c));
    input.remove_prefix(std::min(count + 1, input.size()));
  }
  const Outcome whole = Decode(codings, input, {size + 1}, 65536);
  const auto compare = [&](const std::vector<size_t>& part_sizes, size_t piece_size) {
    const Outcome parts = Decode(codings, input, part_sizes, piece_size);
    if (Same(whole, parts)) return;
    std::fprintf(stderr, "%.*s: whole: %zu bytes, %s\nin pieces of %zu: %zu bytes, %s\n",
                 static_cast<int>(codings.size()), codings.data(), whole.bytes.size(),
                 whole.problem.c_str(), piece_size, parts.bytes.size(), parts.problem.c_str());
    std::abort();
  };
  compare(sizes, 1000);
  compare({1}, 65536);
  compare({size + 1}, 7);
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }
