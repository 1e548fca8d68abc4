// Places in a configuration file, kept with every value that can turn out to be wrong later on:
// when an app is built or an environment variable is looked up.
//
// A Place shares ownership of the file's text, so that any error can show its code frame. Immutable
// after loading, hence safe to share between threads.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace nano::config {

// A file as it was read.
struct Source {
  std::string path;  // As the user gave it; used in messages.
  std::string text;
};

struct Place {
  std::shared_ptr<const Source> source;  // Null: the value comes from no file.
  int line = 0;                          // From 1.
  int column = 0;                        // In bytes, from 1.

  // "nano.yaml:12:5", the column counted in characters; empty without a source.
  std::string ToString() const;
};

// An error at a place, with its code frame.
Error ErrorAt(const Place& place, std::string message, std::string hint = "");

}  // namespace nano::config
