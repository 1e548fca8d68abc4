// Tests of traceparent against the rules of W3C Trace Context, section 3.2.
#include "http/trace_context.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::http {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";
const std::string kGood = "00-" + kTrace + "-" + kParent + "-01";

TEST_CASE("a traceparent is what the specification says") {
  CHECK(IsTraceparent(kGood));
  CHECK(IsTraceparent("00-" + kTrace + "-" + kParent + "-00"));
  // Flags that nobody knows yet.
  CHECK(IsTraceparent("00-" + kTrace + "-" + kParent + "-ff"));
  // Later versions, as short as they may be or with more behind a dash.
  CHECK(IsTraceparent("cc-" + kTrace + "-" + kParent + "-01"));
  CHECK(IsTraceparent("cc-" + kTrace + "-" + kParent + "-01-"));
  CHECK(IsTraceparent("fe-" + kTrace + "-" + kParent + "-01-what-the-future-will-be-like"));
}

TEST_CASE("anything else is none") {
  const std::string zeros(32, '0');
  for (const std::string& text : {
           std::string(),
           std::string("00"),
           kGood.substr(0, kGood.size() - 1),
           kGood + "-",  // Version 0 is as long as it is.
           kGood + "-more",
           kGood + " ",
           " " + kGood,
           "ff-" + kTrace + "-" + kParent + "-01",
           "0-" + kTrace + "-" + kParent + "-01",
           "000-" + kTrace + "-" + kParent + "-01",
           "0x-" + kTrace + "-" + kParent + "-01",
           "CC-" + kTrace + "-" + kParent + "-01",
           "cc-" + kTrace + "-" + kParent + "-01.",
           "cc-" + kTrace + "-" + kParent + "-0123",
           "00-" + zeros + "-" + kParent + "-01",
           "00-" + kTrace + "-" + zeros.substr(16) + "-01",
           "00-0AF7651916CD43DD8448EB211C80319C-" + kParent + "-01",
           "00-" + kTrace + "-B7AD6B7169203331-01",
           "00-" + kTrace + "-" + kParent + "-0A",
           "00-" + kTrace + "-" + kParent + "-.0",
           "00_" + kTrace + "-" + kParent + "-01",
           "00-" + kTrace + "_" + kParent + "-01",
           "00-" + kTrace + "-" + kParent + "_01",
           "00-" + kTrace.substr(1) + "-" + kParent + "-001",
           std::string("00-") + std::string(32, '\0') + "-" + kParent + "-01",
       }) {
    CAPTURE(text);
    CHECK_FALSE(IsTraceparent(text));
  }
}

TEST_CASE("of several fields there is none, and a value is no name") {
  CHECK(FindTraceparent("a\nb\ntraceparent\n" + kGood + "\nc\nd\n") == kGood);
  CHECK(FindTraceparent("traceparent\n" + kGood + "\ntraceparent\n" + kGood + "\n").empty());
  CHECK(FindTraceparent("x\ntraceparent\n" + kGood + "\ny\n").empty());
  CHECK(FindTraceparent("traceparent\nno\n").empty());
  CHECK(FindTraceparent("traceparent\n").empty());
  CHECK(FindTraceparent("traceparent").empty());
  CHECK(FindTraceparent("").empty());
}

TEST_CASE("a trace's name goes to bytes and back") {
  CHECK(TraceIdIn(kGood) == kTrace);
  CHECK(ToText(TraceIdOf(kGood)) == kTrace);
  CHECK(TraceIdOf(kGood)[0] == 0x0a);
  CHECK(ToText(TraceIdOf("")).empty());
}

}  // namespace
}  // namespace nano::http
