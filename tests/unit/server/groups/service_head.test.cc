// Tests of what calls across groups say of themselves.
#include "server/groups/service_head.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::server {
namespace {

TEST_CASE(
    "the head of a call says the app, the depth, the calls, the request and the scheme, and leaves "
    "the rest",
    "[groups]") {
  CHECK(ServiceFields("shop", 3, 17, UINT64_MAX, "https") ==
        "nano-service: shop 3 17 18446744073709551615 https x\r\nconnection: close\r\n");
  const auto head = ServiceHeadOf(
      "host\nany.test\nnano-service\nshop 3 17 18446744073709551615 https x\nconnection\nclose\n"
      "x-a\n1\nnano-service\nmine\n");
  REQUIRE(head.has_value());
  CHECK(head->app == "shop");
  CHECK(head->depth == 3);
  CHECK(head->calls == 17);
  CHECK(head->request_id == UINT64_MAX);
  CHECK(head->scheme == "https");
  CHECK(head->headers == "host\nany.test\nx-a\n1\nnano-service\nmine\n");
  CHECK(head->aim == nullptr);
  CHECK(head->cf.empty());
}

TEST_CASE("what is known of the client goes along", "[groups]") {
  const std::string cf = "{\"city\":\"K\u00f6ln \\u0000\\r\\n\"}";
  const std::string fields = ServiceFields("shop", 1, 1, 5, "http", nullptr, cf);
  const std::string line = fields.substr(0, fields.find("\r\n"));
  CHECK(fields == line + "\r\nconnection: close\r\n");
  const auto head =
      ServiceHeadOf("host\na\nnano-service\n" + line.substr(std::string("nano-service: ").size()) +
                    "\nconnection\nclose\n");
  REQUIRE(head.has_value());
  CHECK(head->cf == cf);
  CHECK(head->aim == nullptr);
}

TEST_CASE("what is known of the client is an object on one line: behind it nothing is a header",
          "[groups]") {
  const auto head_of = [](const std::string& hex) {
    return ServiceHeadOf("host\na\nnano-service\nshop 1 1 5 http x" + hex +
                         "\nconnection\nclose\n");
  };
  CHECK(head_of("7b7d")->cf == "{}");
  CHECK(head_of("5b5d")->cf == "[]");
  for (const char* hex : {"7b7d0a782d610a310a",          // {} and, on lines of their own, x-a, 1
                          "7b7d0a7820610a310d000a7d",    // The same of "x a" and "1\r\0", and }
                          "7b7d0d", "7b097d", "7b007d",  // {}\r {\t} {\0}
                          "7b", "7d", "7b5d", "35", "6e756c6c", "207b7d"}) {
    CAPTURE(hex);
    CHECK_FALSE(head_of(hex).has_value());
  }
  // What an app makes of it itself is left out, and its call is one.
  for (const char* cf : {"5", "null", "\"a\"", "{}\n"}) {
    CAPTURE(cf);
    CHECK(ServiceFields("shop", 1, 1, 5, "http", nullptr, cf) ==
          ServiceFields("shop", 1, 1, 5, "http"));
  }
}

TEST_CASE("what of an app a call is for goes along, whatever it is called", "[groups]") {
  for (const http::ServiceAim& aim :
       {http::ServiceAim{"Admin", R"({"a":"b c\r\n"})", "sum"}, http::ServiceAim{"", "", "é \n"},
        http::ServiceAim{"X", "", ""}}) {
    const std::string fields = ServiceFields("shop", 3, 17, 5, "http", &aim);
    const std::string line = fields.substr(0, fields.find("\r\n"));
    CHECK(fields == line + "\r\nconnection: close\r\n");
    const auto head =
        ServiceHeadOf("host\na\nnano-service\n" +
                      line.substr(std::string("nano-service: ").size()) + "\nconnection\nclose\n");
    REQUIRE(head.has_value());
    CHECK(head->request_id == 5);
    CHECK(head->scheme == "http");
    REQUIRE(head->aim != nullptr);
    CHECK(head->aim->entrypoint == aim.entrypoint);
    CHECK(head->aim->props == aim.props);
    CHECK(head->aim->method == aim.method);
  }
}

TEST_CASE("what a caller says itself is no such head", "[groups]") {
  for (const char* headers :
       {"",
        "host\na\n",
        "host\na\nx-a\n1\nnano-service\nshop 1 1 1 http x\nconnection\nclose\n",
        "nano-service\nshop 1 1 1 http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http x\n",
        "host\na\nnano-service\nshop\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1\nconnection\nclose\n",
        "host\na\nnano-service\nshop x 1 1 http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 x http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 x 1 http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1x 1 1 http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 99999999999 1 1 http x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http x x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http x x x x x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http x4\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http x x4 x x\nconnection\nclose\n",
        "host\na\nnano-service\nshop 1 1 1 http x x4g x x\nconnection\nclose\n",
        "host\na\nnano-services\nshop 1 1 1 http x\nconnection\nclose\n"}) {
    CAPTURE(headers);
    CHECK_FALSE(ServiceHeadOf(headers).has_value());
  }
}

}  // namespace
}  // namespace nano::server
