// CompressionStream's native state: it does not have to outlive a snapshot, and is given back
// however a stream ends. What the streams do is in tests/web/compression.test.ts.
#include <malloc.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

namespace {

// Functions that the apps of these tests begin with.
constexpr std::string_view kHelpers = R"(
  const chunk = new TextEncoder().encode('some text '.repeat(500));
  const readAll = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());
  const packed = async (format, bytes) =>
    readAll(new Response(bytes).body.pipeThrough(new CompressionStream(format)));
  const unpacked = async (format, bytes) =>
    readAll(new Response(bytes).body.pipeThrough(new DecompressionStream(format)));
  const begin = (format) => {
    const {readable, writable} = new CompressionStream(format);
    const writer = writable.getWriter();
    return {readable, writer};
  };
)";

// Bytes that malloc() has given out.
size_t AllocatedMemory() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_CASE("streams that a build begins go on after each boot") {
  TestEmbedder embedder;
  TestApp app(std::string(kHelpers) + R"(
    const formats = ['gzip', 'deflate', 'deflate-raw', 'brotli', 'zstd'];
    const streams = formats.map((format) => {
      const stream = begin(format);
      stream.done = readAll(stream.readable);
      stream.writer.write(chunk);
      return stream;
    });
    let requests = 0;
    const fetch = async () => {
      requests++;
      if (requests <= 8) {  // The warm-up.
        if (requests === 1) for (const {writer} of streams) writer.write(chunk);
        return new Response('warm');
      }
      const lengths = [];
      for (const [i, {writer, done}] of streams.entries()) {
        writer.write(chunk);
        writer.close();
        lengths.push((await unpacked(formats[i], await done)).length / chunk.length);
      }
      return new Response(lengths.join(' '));
    };)",
              {{}});
  for (int boot = 0; boot < 2; ++boot) {
    const auto isolate = app.Boot(embedder);
    CHECK(Get(*isolate)->body == "3 3 3 3 3");
  }
  CHECK(embedder.log.empty());
}

TEST_CASE("streams that a build finishes are whole, and damage shows") {
  TestEmbedder embedder;
  TestApp app(std::string(kHelpers) + R"(
    const whole = [];
    for (const format of ['gzip', 'brotli', 'zstd']) {
      whole.push((await unpacked(format, await packed(format, chunk))).length === chunk.length);
    }
    let problem = 'none';
    try {
      await unpacked('gzip', (await packed('gzip', chunk)).subarray(5));
    } catch (error) {
      problem = error.name;
    }
    const fetch = () => new Response(whole.join(' ') + ' ' + problem);)");
  CHECK(Get(*app.Boot(embedder))->body == "true true true TypeError");
}

TEST_CASE("streams that are abandoned, cancelled, aborted or failed give their memory back") {
  TestEmbedder embedder;
  TestApp app(std::string(kHelpers) + R"(
    const ways = {
      async abandon({readable, writer}) {},
      async cancel({readable, writer}) { await readable.cancel(); },
      async abort({readable, writer}) { await writer.abort(); },
      async fail({readable, writer}) { await writer.write('no bytes').catch(() => {}); },
      async close({readable, writer}) { await writer.close(); },
    };
    const fetch = async (request) => {
      const way = ways[new URL(request.url).pathname.slice(1)];
      for (let i = 0; i < 1000; i++) {
        const stream = begin('gzip');
        const reader = stream.readable.getReader();
        reader.read();
        await stream.writer.write(chunk);
        reader.read().catch(() => {});
        reader.releaseLock();
        await way(stream);
      }
      return new Response('done');
    };)");
  const auto isolate = app.Boot(embedder);
  for (const char* way : {"abandon", "cancel", "abort", "fail", "close"}) {
    INFO(way);
    Get(*isolate, std::string("/") + way);
    const size_t before = AllocatedMemory();
    CHECK(Get(*isolate, std::string("/") + way)->body == "done");
    // All of them would be 270 MB.
    CHECK(AllocatedMemory() < before + (100u << 20));
  }
}

TEST_CASE("an isolate may end while streams are open") {
  TestEmbedder embedder;
  TestApp app(std::string(kHelpers) + R"(
    const open = [];
    const fetch = async () => {
      for (const format of ['gzip', 'brotli', 'zstd']) {
        const stream = begin(format);
        stream.readable.getReader().read();
        await stream.writer.write(chunk);
        open.push(stream);
      }
      return new Response(String(open.length));
    };)");
  for (int boot = 0; boot < 3; ++boot) CHECK(Get(*app.Boot(embedder))->body == "3");
}

}  // namespace nano::runtime
