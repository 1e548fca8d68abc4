// The fields of a wrangler file, and what becomes of each: the one list of them. What reads the
// file goes by it, docs/wrangler.md has it as a table, and a test compares it with Wrangler's own
// schema where that is there. Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace nano::config {

struct WranglerField {
  enum class Fate : uint8_t {
    kMapped,   // NANO has it.
    kIgnored,  // The app runs as well without it.
    kRefused,  // A binding that the app would ask, and that nobody answers for.
  };
  // What an environment (`env.NAME`) has that does not say the field.
  enum class Reach : uint8_t {
    kInherited,  // That of the top level.
    kOwn,        // Nothing.
    kTop,        // The top level's; an environment cannot have the field.
  };

  std::string_view path;  // "assets.directory": below a list or map, with all that is below it.
  Fate fate = Fate::kIgnored;
  Reach reach = Reach::kInherited;
  // The key of nano.yaml; why nothing is missing; or what to do. One line.
  std::string_view says;
};

// In the order in which docs/wrangler.md has them.
const std::vector<WranglerField>& WranglerFields();

// Null: Wrangler has no such field, as far as NANO knows.
const WranglerField* FindWranglerField(std::string_view path);

// Compatibility flags that NANO knows, in the order of docs/wrangler.md, and why one changes
// nothing; an empty text: what it asks for is so in any case.
const std::vector<std::pair<std::string_view, std::string_view>>& CompatibilityFlags();

// What a compatibility flag means here. Null: the flag is unknown; an empty text: it changes
// nothing.
const std::string_view* FindCompatibilityFlag(std::string_view flag);

}  // namespace nano::config
