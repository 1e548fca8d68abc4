// Words for circuits. See circuit.h.
#include "cli/nano/ctl/circuit.h"

#include "base/json_fields.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

std::string Remaining(const Json& circuit, const Look& look) {
  const int64_t ms = ParseTime(TextOf(circuit, "until")) - look.now;
  return std::to_string(ms < 0 ? 0 : (ms + 999) / 1000) + " s";
}

}  // namespace

std::string CircuitState(const Json& version, const Look& look) {
  const std::string state = TextOf(MemberOf(version, "circuit"), "state");
  if (state == "open") return Styled("circuit open", Style::kRed, look.color);
  if (state == "trial") return Styled("circuit on trial", Style::kYellow, look.color);
  return {};
}

std::string CircuitText(const Json& version, const Look& look) {
  const Json& circuit = MemberOf(version, "circuit");
  if (circuit.is_null()) return {};
  const std::string state = TextOf(circuit, "state");
  const std::string remaining = Remaining(circuit, look);
  std::string text = "it has ended " + Counted(CountOf(circuit, "deaths"), "worker", "workers");
  text += " lately: ";
  if (state == "open") {
    text += "its requests are answered with 503 (circuit-open) for " + remaining + " more";
  } else if (state == "trial") {
    text += "it is tried again, and refused for longer if it ends another within " + remaining;
  } else {
    text += "that is forgotten in " + remaining;
  }
  const std::string reason = TextOf(circuit, "reason");
  text += ";\nthe last one" + (reason.empty() ? "" : " (" + Printable(reason) + ")") + ": " +
          FirstLine(TextOf(circuit, "last"));
  return text;
}

}  // namespace nano::cli::ctl
