// The wording of notes.
#include "compiler/explain/observations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "compiler/explain/source_places.h"

namespace nano::compiler {
namespace {

using runtime::Observation;
using Kind = Observation::Kind;

constexpr size_t kMostPlaces = 3;
// Each of them is to be changed.
constexpr size_t kMostVariables = 31;

enum class When { kTopLevel, kWarmup };

std::optional<Error> Frozen(const Bundle& bundle, const std::vector<Observation>& seen, Kind kind,
                            bool color, std::string message, std::string hint,
                            size_t most = kMostPlaces, When when = When::kTopLevel) {
  std::vector<std::pair<std::string, std::string>> places;  // Where, and what.
  for (const Observation& observation : seen) {
    if (observation.kind != kind || (observation.warmup >= 0) != (when == When::kWarmup)) continue;
    // Who gives all of them to a package is the one to change it.
    const auto place = kind == Kind::kVariable ? FindOwnFrame(bundle, observation.stack, color)
                                               : FindTopFrame(bundle, observation.stack, color);
    if (!place) continue;
    std::pair<std::string, std::string> entry{place->where, observation.what};
    if (std::find(places.begin(), places.end(), entry) == places.end()) {
      places.push_back(std::move(entry));
    }
  }
  if (places.empty()) return std::nullopt;
  Error note{.message = places[0].second + std::move(message),
             .where = places[0].first,
             .hint = std::move(hint)};
  for (size_t i = 1; i < places.size() && i <= most; ++i) {
    note.hint += "\nAlso " + places[i].second + " at " + places[i].first;
  }
  if (places.size() > most + 1) {
    note.hint += "\n… and at " + std::to_string(places.size() - most - 1) + " more places";
  }
  return note;
}

}  // namespace

std::string NameOf(Kind kind) {
  return kind == Kind::kFinalizer ? "FinalizationRegistry" : "Intl object";
}

std::vector<Error> FrozenValues(const Bundle& bundle, const std::vector<Observation>& seen,
                                bool color) {
  std::vector<Error> notes;
  auto random =
      Frozen(bundle, seen, Kind::kRandom, color, " at the top level: its value is in the snapshot",
             "It is the same in every worker and after every restart: no identifier, no "
             "token. Inside fetch it is random.");
  if (random) notes.push_back(*std::move(random));
  auto clock =
      Frozen(bundle, seen, Kind::kClock, color,
             " at the top level: the clock of a build stands at the beginning of 1970",
             "It stands still while an app is built, and is the same in every build. Inside "
             "fetch it is the time.");
  if (clock) notes.push_back(*std::move(clock));
  auto variable =
      Frozen(bundle, seen, Kind::kVariable, color,
             " is read at the top level, before the app has its variables: it is undefined there",
             "Variables come when the app is served, and are in no snapshot. Read them in fetch, "
             "or in what "
             "fetch calls; the object itself can be passed on (`init({ env })`). One that is no "
             "secret can "
             "be declared in `build_env`.",
             kMostVariables);
  if (variable) notes.push_back(*std::move(variable));
  auto warmed = Frozen(
      bundle, seen, Kind::kVariable, color,
      " is read while a request of `warmup` is answered, before the app has its variables: it "
      "is undefined there",
      "The same request does not read it again: what the app has kept (`client ||= new "
      "Client(env.KEY)`) is in the snapshot, and stays so for every request. Keep nothing of it "
      "for "
      "such requests, or take them out of `warmup`. A variable that is no secret can be declared "
      "in `build_env`.",
      kMostVariables, When::kWarmup);
  if (warmed) notes.push_back(*std::move(warmed));
  return notes;
}

std::optional<Error> FrozenEnvironment(const Bundle& bundle, const std::vector<Observation>& seen,
                                       bool color) {
  constexpr char kWhat[] =
      " is fixed before the app has its variables, which could not come into it";
  constexpr char kAdvice[] =
      "Variables come when the app is served, and nobody but the app can change them then. Leave "
      "the "
      "object as it is, or freeze a copy in fetch: `Object.freeze({ ...env })`.";
  auto error = Frozen(bundle, seen, Kind::kFrozen, color, kWhat, kAdvice);
  if (error) return error;
  return Frozen(bundle, seen, Kind::kFrozen, color, kWhat, kAdvice, kMostPlaces, When::kWarmup);
}

std::string WhyNotWarmed(const Bundle& bundle, const Observation& seen) {
  std::string text;
  switch (seen.kind) {
    case Kind::kAbsent:
      text = "it uses " + seen.what + ", which V8 lacks while it makes a snapshot";
      break;
    default:
      text = "it makes what V8 cannot put into a snapshot: " + seen.what;
      break;
  }
  const auto place = FindTopFrame(bundle, seen.stack, false);
  if (place) text += " (" + place->where + ")";
  return text;
}

}  // namespace nano::compiler
