// Texts of nano.yaml that mean something only when they are used: templates with variables of the
// server's environment, paths of files. Each has its place, for the error that comes up then.
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <string>

#include "config/yaml/place.h"

namespace nano::config {

class Reader;
struct Node;

struct PlacedText {
  std::string text;
  Place place;
};

// A template (config/values/template.h); false if it is none, which the reader is told.
bool ReadTemplate(Reader& reader, const Node& node, PlacedText& out);

// The path of a file, not empty; whoever uses it sees it from its place's file (PathOf).
void ReadPath(Reader& reader, const Node& node, PlacedText& out);

// The absolute path that ReadPath's text means: relative to the file that says it.
std::string PathOf(const PlacedText& path);
// The same, and nothing for none.
std::string ShowPath(const PlacedText& path);

}  // namespace nano::config
