// Files are compressed as small as they can be, unless they are large.
#include "runtime/precompression.h"

#include <catch2/catch.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/native/compression/codec.h"

namespace nano::runtime {
namespace {

std::string Lines(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * i % 977) + "\n";
  text.resize(size);
  return text;
}

std::string Compressed(std::string_view bytes, Effort effort) {
  const std::unique_ptr<Codec> codec = Codec::Compressor(CompressionFormat::kGzip, effort);
  std::string out(bytes.size() + 1000, '\0');
  std::span<char> rest(out);
  REQUIRE(codec->Run(bytes, rest, /*finish=*/true) == CodecStatus::kEnd);
  out.resize(out.size() - rest.size());
  return out;
}

TEST_CASE("what is small is compressed hard, what is large is not", "[precompression]") {
  const std::string small = Lines(300'000);
  CHECK((Precompress(small, StoredCoding::kGzip) == Compressed(small, Effort::kOnce)));
  CHECK((Precompress(small, StoredCoding::kGzip) != Compressed(small, Effort::kOnTheFly)));
  const std::string large = Lines(kMostAsSmall + 1);
  CHECK((Precompress(large, StoredCoding::kGzip) == Compressed(large, Effort::kOnTheFly)));
}

}  // namespace
}  // namespace nano::runtime
