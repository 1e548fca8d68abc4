// Bodies with content codings, made and undone for tests of the decoder.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/native/compression/content_decoder.h"
#include "tests/unit/runtime/native/compression/compressed.h"

namespace nano::testing {

// `text` with the codings of a list like "br, gzip", the first one first.
inline std::string Coded(std::string_view codings, std::string_view text) {
  using runtime::CompressionFormat;
  const size_t comma = std::min(codings.find(", "), codings.size());
  const std::string_view name = codings.substr(0, comma);
  const auto format = name == "gzip"   ? CompressionFormat::kGzip
                      : name == "br"   ? CompressionFormat::kBrotli
                      : name == "zstd" ? CompressionFormat::kZstd
                                       : CompressionFormat::kDeflate;
  std::string body = Compressed(format, text);
  return comma == codings.size() ? body : Coded(codings.substr(comma + 2), body);
}

struct Decoded {
  std::string bytes;
  std::string problem;  // Empty if all went well.
};

inline Decoded Decode(std::string_view codings, const std::vector<std::string>& parts,
                      size_t piece_size) {
  const auto created = runtime::ContentDecoder::Create(codings);
  REQUIRE(created.ok());
  const auto& decoder = created.value();
  REQUIRE(decoder != nullptr);
  // Exactly as long as it claims to be, for the address sanitizer.
  std::vector<char> piece(piece_size);
  Decoded decoded;
  const auto drain = [&](std::optional<size_t> length) {
    while (length && *length > 0) {
      REQUIRE(*length <= piece_size);
      decoded.bytes.append(piece.data(), *length);
      length = decoder->Next(piece);
    }
    if (length) return true;
    decoded.problem = decoder->failure().problem;
    REQUIRE_FALSE(decoded.problem.empty());
    REQUIRE(decoder->failure().kind == runtime::ContentDecoder::Failure::kData);
    // It stays so.
    REQUIRE_FALSE(decoder->Next(piece));
    REQUIRE_FALSE(decoder->Write("x", piece));
    REQUIRE_FALSE(decoder->Finish(piece));
    return false;
  };
  for (const std::string& part : parts) {
    const std::vector<char> copy(part.begin(), part.end());
    if (!drain(decoder->Write({copy.data(), copy.size()}, piece))) return decoded;
  }
  drain(decoder->Finish(piece));
  return decoded;
}

inline Decoded Decode(std::string_view codings, std::string_view body, size_t part_size = 1 << 30,
                      size_t piece_size = 4096) {
  std::vector<std::string> parts;
  for (; !body.empty(); body.remove_prefix(std::min(part_size, body.size()))) {
    parts.emplace_back(body.substr(0, part_size));
  }
  return Decode(codings, parts, piece_size);
}

}  // namespace nano::testing
