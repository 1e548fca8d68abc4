// What is wrong, for people and for scripts.
#include "cli/nano/ctl/problem.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::cli::ctl {
namespace {

std::string Shown(const std::string& json, int status = 422) {
  return FormatProblem(Json::Parse(json).value(), status, false);
}

TEST_CASE("a problem is a block of lines, which say nothing twice") {
  CHECK(Shown(R"({"type":"urn:nano:problem:swap-refused","title":"Not fit","step":"boot",)"
              R"("app":"shop","detail":"It threw","log":["one","two"]})") ==
        "✘ shop: Not fit (step: boot)\n"
        "  It threw\n"
        "  shop │ one\n"
        "  shop │ two\n"
        "  Nothing has changed: what was served goes on being served.\n");
  CHECK(Shown(R"({"title":"Wrong","detail":"n.yaml:1: no key\nWrite k.",)"
              R"("errors":[{"where":"n.yaml:1","message":"no key","hint":"Write k."},)"
              R"({"where":"n.yaml:2","message":"no key","hint":"Write j."}]})") ==
        "✘ Wrong\n"
        "  n.yaml:1: no key\n"
        "  Write k.\n"
        "  n.yaml:2: no key\n"
        "    Write j.\n");
  CHECK(Shown(R"({"title":"Wrong","detail":"'fast' is no duration",)"
              R"("errors":[{"where":"app 'shop', limits.cpu","message":"'fast' is no duration",)"
              R"("hint":"Write 5s."}]})") ==
        "✘ Wrong\n"
        "  app 'shop', limits.cpu: 'fast' is no duration\n"
        "    Write 5s.\n");
  CHECK(Shown("{}", 500) == "✘ the server answers 500\n");
}

TEST_CASE("statuses of HTTP are few exit statuses") {
  const auto of = [](int http, const char* type = "urn:nano:problem:any") {
    return ExitStatusOf(http, Json().Set("type", type));
  };
  for (const int http : {401, 403, 421}) CHECK(of(http) == kNotReached);
  for (const int http : {404, 409, 412, 428}) CHECK(of(http) == kNotAsThought);
  for (const int http : {400, 413, 422, 500, 503, 507}) CHECK(of(http) == kFailed);
  CHECK(of(409, "urn:nano:problem:no-profile") == kFailed);
}

TEST_CASE("errors of this side look the same, with all that there is to say") {
  const Error error{.message = "it is wrong",
                    .where = "here",
                    .hint = "Mend it.",
                    .others = {{.message = "so is that", .where = "", .hint = ""}}};
  CHECK(FormatError(error, false) == "✘ here\n  it is wrong\n  Mend it.\n✘ so is that\n");
}

}  // namespace
}  // namespace nano::cli::ctl
