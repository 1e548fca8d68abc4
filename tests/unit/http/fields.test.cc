// Header fields one after the other.
#include "http/fields.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::http {
namespace {

TEST_CASE("fields come off a block in their order") {
  std::string_view block = "a\n1\nb\n\nA\n3\n";
  std::string seen;
  while (const auto field = TakeField(block)) {
    seen.append(field->name).append("=").append(field->value).append(" ");
    CHECK(field->line == std::string(field->name) + "\n" + std::string(field->value) + "\n");
  }
  CHECK(seen == "a=1 b= A=3 ");
  CHECK(block.empty());
}

TEST_CASE("what has no end is no field") {
  for (const std::string_view text : {"", "a", "a\n", "a\n1"}) {
    CAPTURE(text);
    std::string_view block = text;
    CHECK_FALSE(TakeField(block));
    CHECK(block == text);
  }
}

TEST_CASE("a field is found by its name, the first of several") {
  constexpr std::string_view kBlock = "host\na\nx-host\nb\nhost\nc\n";
  CHECK(FieldValue(kBlock, "host") == "a");
  CHECK(FieldValue(kBlock, "x-host") == "b");
  CHECK_FALSE(FieldValue(kBlock, "hos"));
  CHECK_FALSE(FieldValue("a\nhost\n", "host"));
}

}  // namespace
}  // namespace nano::http
