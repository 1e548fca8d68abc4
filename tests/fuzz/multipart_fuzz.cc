// Fuzzes the reader of forms: whatever comes, it must neither crash nor over-read, and come to
// the same however the body was cut.
//
// An input is a byte that says in pieces of which size the body comes, a boundary, a line feed, and
// the body.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/lines.h"
#include "runtime/entry.h"
#include "server/admin/multipart.h"
#include "tests/fuzz/driver.h"

namespace {

using nano::Result;
using nano::server::admin::MultipartReader;

struct Parts final : MultipartReader::Parts {
  Result<void> OnPart(const std::string& name) override {
    NANO_CHECK(!open);
    open = true;
    text += "[" + name + "]";
    return {};
  }
  Result<void> OnData(std::string_view bytes) override {
    NANO_CHECK(open && !bytes.empty());
    text.append(bytes);
    return {};
  }
  Result<void> OnPartEnd() override {
    NANO_CHECK(open);
    open = false;
    text += "[end]";
    return {};
  }
  std::string text;
  bool open = false;
};

std::string Read(std::string_view boundary, std::string_view body, size_t piece) {
  Parts parts;
  MultipartReader reader(boundary, parts);
  while (!body.empty()) {
    // Of exactly its size, so that AddressSanitizer sees an overflow.
    const std::string_view part = body.substr(0, piece);
    const std::vector<char> copy(part.begin(), part.end());
    const Result<void> read = reader.Read({copy.data(), copy.size()});
    if (!read.ok()) {
      NANO_CHECK(!read.error().message.empty());
      return "refused";
    }
    body.remove_prefix(part.size());
  }
  if (!reader.End().ok()) return "refused";
  NANO_CHECK(!parts.open);
  return parts.text;
}

nano::fuzz::Material Material() {
  const std::string a = "Content-Disposition: form-data; name=\"a\"\r\n";
  return {
      .seeds = {"\x01"
                "b7\n--b7\r\n" +
                    a + "\r\n1\r\n--b7--\r\n",
                "\x07"
                "b7\npreamble\r\n--b7 \r\n" +
                    a + "\r\n\r\n--b7\r\n" + a +
                    "Content-Type: x/y\r\n\r\n\r\n--b\r\n--b7--epilogue",
                "\x40-\n---\r\n" + a + "\r\n--\r\n-----\r\n"},
      .tokens = {"\r\n--b7", "--b7--", "\r\n", "\r", "\n", "--", "b7", "\r\n\r\n", "; name=", "\"",
                 "\\", ": ", a, "Content-Transfer-Encoding: binary\r\n"},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t piece = 1 + size_t{data[0]};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view boundary = nano::TakeLine(rest);
  const std::string whole = Read(boundary, rest, rest.size() + 1);
  NANO_CHECK(Read(boundary, rest, piece) == whole);
  NANO_CHECK(Read(boundary, rest, 1) == whole);
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }
