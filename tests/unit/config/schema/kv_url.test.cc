// URLs of servers for KV: what is wrong is said, without the URL, which may have a password.
#include <catch2/catch.hpp>

#include "config/schema/kv.h"

namespace nano::config {
namespace {

TEST_CASE("a URL of a server for KV is one of Redis, and what else it is, is said without it") {
  CHECK(CheckKvUrl("redis://user:word@host:1/2").ok());
  const Result<void> other = CheckKvUrl("http://user:word@host");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().ToString().find("word@") == std::string::npos);
  const Result<void> secure = CheckKvUrl("rediss://user:word@host");
  REQUIRE_FALSE(secure.ok());
  CHECK(secure.error().message == "there is no TLS to a server for KV yet");
  CHECK(secure.error().ToString().find("word@") == std::string::npos);
}

}  // namespace
}  // namespace nano::config
