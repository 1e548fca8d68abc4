// What an isolate is booted from: views into a loaded snapshot container, or into memory while an
// app is being built. Plain data, owned by nobody: whoever makes one keeps the bytes alive and
// unmoved for as long as any isolate booted from it lives. Safe to share between threads.
#pragma once

#include <string>
#include <string_view>

namespace nano::runtime {

struct AppImage {
  std::string name;             // The app's name, for messages.
  std::string_view blob;        // V8's startup data.
  std::string_view source;      // The bundle (isolate/source_resource.h); V8 refers to it in place.
  std::string_view source_map;  // runtime/source_map.h's binary form; may be empty.
};

}  // namespace nano::runtime
