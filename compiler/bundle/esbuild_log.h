// What esbuild has to say: its messages, read from the text it writes for people.
//
// The text's form is the only public one its program has; the tests hold the parser against the
// real thing, so that a new version of esbuild cannot change it unnoticed. Owns nothing.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nano::compiler {

// How the message begins about an import that leads nowhere; its specifier and a quotation mark
// follow.
inline constexpr std::string_view kUnresolved = "Could not resolve \"";

// A place in a source file, as esbuild names it: relative to its working directory.
struct EsbuildPlace {
  std::string file;  // Empty: the message is about no file.
  int line = 0;      // From 1.
  int column = 0;    // In bytes, from 0.
  int length = 0;    // Bytes that are marked; 0: a single place.
};

struct EsbuildMessage {
  struct Note {
    std::string text;
    EsbuildPlace place;
  };

  bool is_error = true;
  std::string text;
  std::string id;  // A warning's, e.g. "empty-import-meta"; empty for errors.
  EsbuildPlace place;
  std::vector<Note> notes;
};

// Reads the output of `esbuild --color=false --log-level=warning --log-limit=0`. Lines that belong
// to no message (the count at the end) are skipped.
std::vector<EsbuildMessage> ParseEsbuildLog(std::string_view text);

}  // namespace nano::compiler
