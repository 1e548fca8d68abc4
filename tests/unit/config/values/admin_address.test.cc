// Where the admin API listens.
#include "config/values/admin_address.h"

#include <catch2/catch.hpp>
#include <string>

using namespace nano;
using namespace nano::config;
using Catch::Contains;

TEST_CASE("places for the admin API") {
  CHECK(*ParseAdminAddress("off") == AdminAddress{AdminAddress::Off{}});
  CHECK(*ParseAdminAddress("unix:/run/nano.sock") ==
        AdminAddress{AdminAddress::Unix{"/run/nano.sock"}});
  CHECK(*ParseAdminAddress("localhost:9000") == AdminAddress{Address{"127.0.0.1", 9000}});
  for (const char* text : {"off", "unix:a b", "127.0.0.1:9000", "[::1]:9000"}) {
    CHECK(ParseAdminAddress(text)->ToString() == text);
  }
  CHECK(AdminAddress().ToString().empty());
}

TEST_CASE("what is no place for the admin API") {
  CHECK_THAT(ParseAdminAddress("unix:").error().message, Contains("without a path"));
  CHECK_THAT(ParseAdminAddress("/run/nano.sock").error().hint, Contains("unix:/run/nano.sock"));
  CHECK_THAT(ParseAdminAddress("on").error().hint, Contains("off"));
  CHECK_FALSE(ParseAdminAddress("").ok());
}
