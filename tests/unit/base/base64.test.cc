// base/base64.h
#include "base/base64.h"

#include <catch2/catch.hpp>

TEST_CASE("base64: RFC 4648's examples") {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xff\xfe", "//4="}};
  for (const auto& [bytes, text] : cases) {
    std::string out;
    nano::AppendBase64(out, bytes);
    CHECK(out == text);
  }
}
