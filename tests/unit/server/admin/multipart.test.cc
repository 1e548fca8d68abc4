// Forms, in one piece and in many.
#include "server/admin/multipart.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::server::admin {
namespace {

// Writes down what it is told: "name=contents;" for each part.
struct Recorder final : MultipartReader::Parts {
  Result<void> OnPart(const std::string& name) override {
    text += name + "=";
    return {};
  }
  Result<void> OnData(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  Result<void> OnPartEnd() override {
    text += ";";
    return {};
  }
  std::string text;
};

// What is read of a body that comes in pieces of a size; an error's message if it is refused.
std::string Read(std::string_view body, size_t piece) {
  Recorder recorder;
  MultipartReader reader("b7", recorder);
  for (size_t at = 0; at < body.size(); at += piece) {
    const Result<void> read = reader.Read(body.substr(at, piece));
    if (!read.ok()) return read.error().message;
  }
  const Result<void> ended = reader.End();
  return ended.ok() ? recorder.text : ended.error().message;
}

std::string ReadAll(std::string_view body) {
  const std::string whole = Read(body, body.size() + 1);
  for (const size_t piece : {1, 2, 3, 5, 7, 64}) {
    CAPTURE(body, piece);
    CHECK(Read(body, piece) == whole);
  }
  return whole;
}

const std::string kA = "Content-Disposition: form-data; name=\"a\"\r\n";

TEST_CASE("parts of a form, however they come", "[multipart]") {
  CHECK(ReadAll("--b7\r\n" + kA + "\r\n1\r\n--b7--\r\n") == "a=1;");
  CHECK(ReadAll("--b7\r\n" + kA + "\r\n\r\n--b7--") == "a=;");
  CHECK(ReadAll("--b7\r\n" + kA + "\r\n--b7--") == "a=;");
  CHECK(ReadAll("preamble\r\n--b7\r\n" + kA + "\r\n1\r\n--b7--\r\nepilogue --b7\r\n--b7") ==
        "a=1;");
  CHECK(ReadAll("--b7 \t\r\n" + kA + "\r\n1\r\n--b7\r\n" +
                "content-disposition:form-data;name=b\r\nContent-Type: x/y\r\n\r\n2\r\n--b7--") ==
        "a=1;b=2;");
  CHECK(
      ReadAll("--b7\r\nContent-Disposition: form-data; filename=\"n;ame=\\\"x\"; name=\"q\\\"\"\r\n"
              "\r\n1\r\n--b7--") == "q\"=1;");
}

TEST_CASE("what only looks like a boundary is data", "[multipart]") {
  for (const char* data : {"\r\n", "\r\n--", "\r\n--b", "\r\n-b7", "\r\r\n\r\n--b\r\n--b8",
                           "\n--b7", "\r\n--B7", "\r", "\r\n\r\n"}) {
    CHECK(ReadAll("--b7\r\n" + kA + "\r\n" + data + "\r\n--b7--") ==
          "a=" + std::string(data) + ";");
  }
  // A boundary that goes on is another's, but a reader cannot tell it from a malformed line.
  CHECK(ReadAll("--b7\r\n" + kA + "\r\n1\r\n--b77\r\n--b7--").find("a boundary's line") !=
        std::string::npos);
}

TEST_CASE("malformed forms", "[multipart]") {
  const auto refused = [](const std::string& body, const char* why) {
    const std::string told = ReadAll(body);
    CAPTURE(told);
    CHECK(told.find(why) != std::string::npos);
  };
  refused("", "ends before its last boundary");
  refused("--b7\r\n" + kA + "\r\n1", "ends before its last boundary");
  refused("--b7\r\n" + kA + "\r\n1\r\n--b7\r\n", "ends before its last boundary");
  refused("--b7\r\n\r\n1\r\n--b7--", "without Content-Disposition");
  refused("--b7\r\nContent-Type: x\r\n\r\n1\r\n--b7--", "without Content-Disposition");
  refused("--b7\r\n" + kA + kA + "\r\n1\r\n--b7--", "Content-Disposition");
  refused("--b7\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b7--",
          "Content-Disposition");
  refused("--b7\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b7--", "without a name");
  refused("--b7\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b7--", "without a name");
  refused("--b7\r\n" + kA + "no colon\r\n\r\n1\r\n--b7--", "header field");
  refused("--b7\r\n" + kA + " folded: x\r\n\r\n1\r\n--b7--", "header field");
  refused("--b7\r\n" + kA + "Content-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--b7--",
          "transfer encoding");
  refused("--b7x\r\n", "a boundary's line");
  refused(std::string(10'000, 'x'), "no boundary");
  refused("--b7" + std::string(10'000, ' '), "a boundary's line");
  refused("--b7\r\nx: " + std::string(10'000, 'x'), "header is too long");
  std::string many;
  for (size_t i = 0; i <= MultipartReader::kMaxParts; ++i) many += "--b7\r\n" + kA + "\r\n1\r\n";
  refused(many + "--b7--", "too many parts");
}

TEST_CASE("boundaries of content types", "[multipart]") {
  const auto boundary = [](std::string_view type) {
    return MultipartReader::BoundaryOf(type).value_or("-");
  };
  CHECK(boundary("multipart/form-data; boundary=x") == "x");
  CHECK(boundary("Multipart/Form-Data;charset=utf-8 ; Boundary=\"a b\"") == "a b");
  CHECK(boundary("multipart/form-data; boundary=" + std::string(70, 'x')).size() == 70);
  CHECK(boundary("multipart/form-data; boundary=" + std::string(71, 'x')) == "-");
  for (const char* type : {"", "multipart/form-data", "multipart/mixed; boundary=x",
                           "multipart/form-data; boundary=", "multipart/form-data; boundary=\"",
                           "multipart/form-data boundary=x", "multipart/form-data; boundary=\"a \"",
                           "multipart/form-data; boundary=a\"b"}) {
    CHECK(boundary(type) == "-");
  }
}

// What is held is bounded, and so is the time: a megabyte that nearly is a boundary all over.
TEST_CASE("long parts are passed on as they come", "[multipart]") {
  struct Counter final : MultipartReader::Parts {
    Result<void> OnPart(const std::string&) override { return {}; }
    Result<void> OnData(std::string_view bytes) override {
      size += bytes.size();
      return {};
    }
    Result<void> OnPartEnd() override { return {}; }
    size_t size = 0;
  } counter;
  MultipartReader reader("b7", counter);
  REQUIRE(reader.Read("--b7\r\n" + kA + "\r\n").ok());
  std::string chunk;
  while (chunk.size() < 4096) chunk += "\r\n--b";
  for (int i = 1; i <= 256; ++i) {
    REQUIRE(reader.Read(chunk).ok());
    CHECK(counter.size + 16 > chunk.size() * static_cast<size_t>(i));
  }
}

}  // namespace
}  // namespace nano::server::admin
