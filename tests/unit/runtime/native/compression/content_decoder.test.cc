// runtime/native/compression: bodies by their Content-Encoding, in parts and pieces of any size.
// Hostile ones: content_bombs.test.cc.
#include "runtime/native/compression/content_decoder.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/mutation.h"
#include "tests/unit/runtime/native/compression/compressed.h"
#include "tests/unit/runtime/native/compression/decoded.h"

namespace nano::runtime {
namespace {

using testing::Coded;
using testing::Compressed;
using testing::Decode;
using testing::Decoded;
using testing::Sample;

constexpr CompressionFormat kRaw = CompressionFormat::kDeflateRaw;
const std::string kText = "some text, some more text, and some text again";

struct Case {
  const char* coding;
  std::string body;
};

// A body of each coding, and of each form that it has.
std::vector<Case> Cases(std::string_view text) {
  return {{"gzip", Coded("gzip", text)},       {"br", Coded("br", text)},
          {"zstd", Coded("zstd", text)},       {"deflate", Coded("deflate", text)},
          {"deflate", Compressed(kRaw, text)}, {"br, gzip", Coded("br, gzip", text)}};
}

}  // namespace

TEST_CASE("a body of each coding, whatever its parts and pieces") {
  const std::string text = Sample();
  for (const auto& [coding, body] : Cases(text)) {
    for (const auto& [part, piece] : std::vector<std::pair<size_t, size_t>>{
             {1 << 30, 65536}, {1 << 30, 1}, {1, 65536}, {7, 3}, {65536, 1000}}) {
      INFO(coding << ", parts of " << part << ", pieces of " << piece);
      const Decoded decoded = Decode(coding, body, part, piece);
      CHECK(decoded.problem == "");
      CHECK(decoded.bytes == text);
    }
  }
}

TEST_CASE("a body in two parts, split at every byte") {
  for (const auto& [coding, body] : Cases(kText)) {
    for (size_t split = 0; split <= body.size(); ++split) {
      INFO(coding << ", split at " << split);
      const Decoded decoded = Decode(coding, {body.substr(0, split), body.substr(split)}, 10);
      CHECK(decoded.problem == "");
      CHECK(decoded.bytes == kText);
    }
  }
}

TEST_CASE("a body that is cut short fails wherever it is cut, and gives what it had") {
  for (const auto& [coding, body] : Cases(kText)) {
    for (size_t length = 1; length < body.size(); ++length) {
      INFO(coding << ", " << length << " of " << body.size());
      for (const size_t part : {size_t{1}, body.size()}) {
        const Decoded decoded = Decode(coding, body.substr(0, length), part, 4096);
        // With gzip outside, it is either coding that misses something.
        const std::string name = decoded.problem.starts_with("its br") ? "br" : "gzip";
        CHECK(decoded.problem == "its " + (coding == std::string("br, gzip") ? name : coding) +
                                     " coding is not valid: it ends too early");
        CHECK(kText.starts_with(decoded.bytes));
      }
    }
  }
}

TEST_CASE("an empty body is empty in every coding, and so is a coded empty text") {
  for (const auto& [coding, body] : Cases("")) {
    INFO(coding);
    for (const std::string& input : {std::string(), body}) {
      const Decoded decoded = Decode(coding, input, 1, 1);
      CHECK(decoded.problem == "");
      CHECK(decoded.bytes == "");
    }
  }
  // As an answer to HEAD: never written to.
  const auto decoder = ContentDecoder::Create("gzip, br").value();
  char piece[1];
  CHECK(decoder->Next(piece) == 0u);
  CHECK(decoder->Write("", piece) == 0u);
  CHECK(decoder->Finish(piece) == 0u);
  CHECK(decoder->Next(piece) == 0u);
}

TEST_CASE("gzip's members and zstd's frames follow one another") {
  const std::string skippable("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
  const std::string gzip = Coded("gzip", kText);
  const std::string zstd = Coded("zstd", kText);
  const std::string empty = Coded("gzip", "");
  const std::pair<const char*, std::string> cases[] = {
      {"gzip", gzip + empty + gzip},
      {"gzip", empty + gzip + gzip + std::string(1000, '\0')},
      {"zstd", zstd + zstd},
      {"zstd", skippable + zstd + skippable + skippable + zstd + skippable},
  };
  for (const auto& [coding, body] : cases) {
    for (size_t split = 0; split <= body.size(); ++split) {
      INFO(coding << ", split at " << split);
      const Decoded decoded = Decode(coding, {body.substr(0, split), body.substr(split)}, 5);
      CHECK(decoded.problem == "");
      CHECK(decoded.bytes == kText + kText);
    }
  }
  // Cut within the second one.
  for (size_t length = gzip.size() + 1; length < 2 * gzip.size(); ++length) {
    CHECK(Decode("gzip", (gzip + gzip).substr(0, length)).problem ==
          "its gzip coding is not valid: it ends too early");
  }
  for (size_t length = zstd.size() + 1; length < 2 * zstd.size(); ++length) {
    CHECK(Decode("zstd", (zstd + zstd).substr(0, length)).problem ==
          "its zstd coding is not valid: it ends too early");
  }
}

TEST_CASE("what follows a body's end and does not belong to it is an error") {
  const std::string zeros(3, '\0');
  for (const auto& [coding, body] : Cases(kText)) {
    for (const std::string& rest : {std::string("x"), zeros + "x", body.substr(1), zeros + body}) {
      for (const size_t part : {size_t{1}, body.size(), size_t{1} << 30}) {
        INFO(coding << ", parts of " << part << ", behind it " << rest);
        const Decoded decoded = Decode(coding, body + rest, part, 4096);
        CHECK(decoded.problem != "");
        if (coding == std::string("zstd")) continue;  // It takes that for another frame.
        CHECK(decoded.problem.find("there is something behind its end") != std::string::npos);
      }
    }
    const bool padded = Decode(coding, body + zeros).problem == "";
    CHECK(padded == std::string(coding).ends_with("gzip"));
  }
}

TEST_CASE("damaged bodies say which coding is damaged, and how") {
  std::string gzip = Coded("gzip", kText);
  gzip[gzip.size() - 6] ^= 1;
  CHECK(Decode("gzip", gzip).problem == "its gzip coding is not valid: incorrect data check");
  std::string zlib = Coded("deflate", kText);
  zlib[1] ^= 1;
  CHECK(Decode("deflate", zlib).problem ==
        "its deflate coding is not valid: incorrect header check");
  CHECK(Decode("deflate", std::string("\x78\x20\1\2\3\4\5\6", 8)).problem ==
        "its deflate coding is not valid: it needs a preset dictionary");
  CHECK(Decode("zstd", "no frame").problem.starts_with("its zstd coding is not valid: "));
  CHECK(Decode("zstd, br, gzip", Coded("br, gzip", "no frame"))
            .problem.starts_with("its zstd coding is not valid: "));
  CHECK(Decode("br, zstd", Coded("zstd", "\xFF\xFF\xFF\xFF"))
            .problem.starts_with("its br coding is not valid: "));
}

TEST_CASE("damage of any kind, wherever it is split") {
  testing::Random random(7);
  const std::string text = Sample().substr(0, 3000);
  const std::vector<std::string> pieces = {std::string("\0\0\0\0", 4),
                                           "\xFF\xFF\xFF\xFF",
                                           "\x1F\x8B\x08",
                                           "\x78\x9C",
                                           std::string("\x28\xB5\x2F\xFD", 4),
                                           std::string("\x50\x2A\x4D\x18\xFF\0\0\0", 8)};
  int failed = 0;
  for (const auto& [coding, body] : Cases(text)) {
    for (int round = 0; round < 400; ++round) {
      const std::string input = testing::Mutated(random, body, pieces, 3, 16, 64);
      INFO(coding << ", round " << round);
      const Decoded whole = Decode(coding, input);
      const Decoded split = Decode(coding, input, 1 + testing::Below(random, 50), 4096);
      failed += !whole.problem.empty();
      CHECK(whole.problem.empty() == split.problem.empty());
      if (whole.problem.empty()) CHECK(whole.bytes == split.bytes);
    }
  }
  CHECK(failed > 1500);
}

TEST_CASE("chains of codings, the last of which is undone first") {
  const std::string text = Sample();
  for (const char* codings :
       {"gzip, br", "br, gzip", "zstd, deflate", "gzip, gzip", "gzip, br, zstd, deflate, br"}) {
    for (const auto& [part, piece] :
         std::vector<std::pair<size_t, size_t>>{{1 << 30, 65536}, {1, 65536}, {7, 3}}) {
      INFO(codings << ", parts of " << part << ", pieces of " << piece);
      const Decoded decoded = Decode(codings, Coded(codings, text), part, piece);
      CHECK(decoded.problem == "");
      CHECK(decoded.bytes == text);
    }
  }
  CHECK(Decode("br, gzip", Coded("gzip, br", text)).problem != "");
}

TEST_CASE("what Content-Encoding says") {
  const std::string body = Coded("gzip", kText);
  for (const char* one : {"gzip", "x-gzip", "GZip", " X-GZIP\t", "identity, gzip", ",gzip , ,",
                          "identity,identity,identity,identity,identity,gzip"}) {
    INFO(one);
    CHECK(Decode(one, body).bytes == kText);
  }
  for (const char* none :
       {"", " ", ",", "identity", "Identity, identity", "compress", "gzi", "gzip;q=1", "gzip gzip",
        "gzip, aes128gcm", "aes128gcm, gzip", "br2", "x-br"}) {
    INFO(none);
    const auto decoder = ContentDecoder::Create(none);
    REQUIRE(decoder.ok());
    CHECK(decoder.value() == nullptr);
  }
  for (const char* many : {"gzip,gzip,gzip,gzip,gzip,gzip", "a,b,c,d,e,identity,f"}) {
    const auto decoder = ContentDecoder::Create(many);
    REQUIRE_FALSE(decoder.ok());
    CHECK(decoder.error().ToString() ==
          "Content-Encoding: the body has 6 content codings on top of one another; at most 5 are "
          "decoded");
  }
}

}  // namespace nano::runtime
