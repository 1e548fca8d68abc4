// A place in a missing source came from a segment of the package's map: where that segment stands
// in the package's file is where the place is.
#include "compiler/bundle/package_maps.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/file.h"
#include "base/json_fields.h"
#include "compiler/bundle/mappings.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;
using Place = std::pair<int64_t, int64_t>;  // Line and column, from 0.

constexpr std::string_view kComment = "sourceMappingURL=";

// What a source's name stands for: a path, or a URL, without "." and ".." either way.
std::string Resolve(const fs::path& folder, const std::string& source) {
  constexpr std::string_view kAuthority = "://";
  if (const size_t scheme = source.find(kAuthority); scheme != std::string::npos) {
    const size_t rest = scheme + kAuthority.size();
    return source.substr(0, rest) + fs::path(source.substr(rest)).lexically_normal().string();
  }
  return (folder / source).lexically_normal().string();
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

struct PackageMap {
  Json json;
  fs::path folder;  // Which its sources are relative to.
};

// The map that a file's last comment names, if there is one.
std::optional<PackageMap> MapOf(const fs::path& file, std::string_view text) {
  const size_t at = text.rfind(kComment);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view url = text.substr(at + kComment.size());
  url = url.substr(0, url.find_first_of(" \t\r\n*'\""));
  PackageMap map{.json = {}, .folder = file.parent_path()};
  std::string contents;
  if (url.starts_with("data:")) {
    constexpr std::string_view kBase64 = ";base64,";
    const size_t encoding = url.find(kBase64);
    if (encoding == std::string_view::npos) return std::nullopt;
    contents = FromBase64(url.substr(encoding + kBase64.size()));
  } else {
    const fs::path path = (file.parent_path() / url).lexically_normal();
    if (!Exists(path.string())) return std::nullopt;
    Result<std::string> read = ReadFile(path.string());
    if (!read.ok()) return std::nullopt;
    contents = std::move(*read);
    map.folder = path.parent_path();
  }
  Result<Json> json = Json::Parse(contents, kFileJson);
  if (!json.ok() || json->object() == nullptr) return std::nullopt;
  map.json = *std::move(json);
  map.folder /= TextOf(map.json, "sourceRoot");
  return map;
}

// Sources, resolved; empty where there is no name.
std::vector<std::string> SourcesOf(const Json& map, const fs::path& folder) {
  std::vector<std::string> sources;
  for (const Json& source : ListOf(map, "sources")) {
    sources.push_back(source.text() != nullptr ? Resolve(folder, *source.text()) : std::string());
  }
  return sources;
}

std::optional<std::vector<Mapping>> MappingsOf(const Json& map) {
  const std::string* mappings = MemberOf(map, "mappings").text();
  if (mappings == nullptr) return std::nullopt;
  return DecodeMappings(*mappings);
}

// Where the places of one missing source are in a package's file.
struct Anchor {
  std::string file;
  std::string contents;
  std::map<Place, Place> places;
};

void AddAnchors(const std::string& file, const std::set<std::string>& missing,
                std::map<std::string, Anchor>& anchors) {
  Result<std::string> text = ReadFile(file);
  if (!text.ok()) return;
  const auto map = MapOf(file, *text);
  if (!map) return;
  const std::vector<std::string> sources = SourcesOf(map->json, map->folder);
  bool wanted = false;
  for (const std::string& source : sources) wanted = wanted || missing.contains(source);
  if (!wanted) return;
  const auto mappings = MappingsOf(map->json);
  if (!mappings) return;
  for (const Mapping& mapping : *mappings) {
    if (mapping.source < 0 || mapping.source >= static_cast<int64_t>(sources.size())) continue;
    const std::string& source = sources[static_cast<size_t>(mapping.source)];
    if (!missing.contains(source)) continue;
    Anchor& anchor = anchors[source];
    if (anchor.file.empty()) {
      anchor.file = file;
      anchor.contents = *text;
    }
    if (anchor.file != file) continue;
    anchor.places.emplace(Place(mapping.original_line, mapping.original_column),
                          Place(mapping.line, mapping.column));
  }
}

// The sources of a map that do not exist. Modules of the bundle (`files`) may have no file: the
// entry that nanoc generates has none.
std::set<std::string> MissingAmong(const std::vector<std::string>& sources,
                                   const std::set<std::string>& files) {
  std::set<std::string> missing;
  for (const std::string& source : sources) {
    if (!source.empty() && !files.contains(source) && !Exists(source)) missing.insert(source);
  }
  return missing;
}

// A map whose places are moved from missing sources to the packages' files, which become sources.
class Relocation {
 public:
  Relocation(Json& map, const std::string& map_directory, const std::vector<std::string>& sources,
             const std::map<std::string, Anchor>& anchors)
      : map_(map), directory_(map_directory), sources_(sources), anchors_(anchors) {}

  // A place without an anchor stays where it is.
  void Move(Mapping& mapping) {
    if (mapping.source < 0 || mapping.source >= static_cast<int64_t>(sources_.size())) return;
    const auto anchor = anchors_.find(sources_[static_cast<size_t>(mapping.source)]);
    if (anchor == anchors_.end()) return;
    const auto place =
        anchor->second.places.find(Place(mapping.original_line, mapping.original_column));
    if (place == anchor->second.places.end()) return;
    mapping.source = IndexOf(anchor->second);
    mapping.original_line = place->second.first;
    mapping.original_column = place->second.second;
    mapping.name = -1;  // The author's name for it is not in this file.
  }

 private:
  int64_t IndexOf(const Anchor& anchor) {
    Json::Array& sources = *map_.Find("sources")->array();  // There is one: the place is in it.
    const auto [index, is_new] = indices_.emplace(anchor.file, sources.size());
    if (is_new) {
      sources.push_back(fs::path(anchor.file).lexically_relative(directory_).string());
      Json* contents = map_.Find("sourcesContent");
      if (contents != nullptr && contents->array() != nullptr) {
        contents->array()->push_back(anchor.contents);
      }
    }
    return index->second;
  }

  Json& map_;
  const std::string& directory_;
  const std::vector<std::string>& sources_;
  const std::map<std::string, Anchor>& anchors_;
  std::map<std::string, int64_t> indices_;  // Of the packages' files among the sources.
};

}  // namespace

std::string AnchorMissingSources(std::string map, const std::string& map_directory,
                                 const Metafile& metafile, const std::string& app_directory) {
  Result<Json> parsed = Json::Parse(map, kFileJson);
  if (!parsed.ok()) return map;
  Json& json = *parsed;
  const std::vector<std::string> sources = SourcesOf(json, map_directory);
  std::set<std::string> files;
  for (const BundledModule& module : metafile.modules) {
    if (module.in_output) files.insert(Resolve(app_directory, module.path));
  }
  const std::set<std::string> missing = MissingAmong(sources, files);
  if (missing.empty()) return map;
  std::map<std::string, Anchor> anchors;
  for (const std::string& file : files) {
    if (file.find("/node_modules/") != std::string::npos) AddAnchors(file, missing, anchors);
  }
  auto mappings = MappingsOf(json);
  if (anchors.empty() || !mappings) return map;
  Relocation relocation(json, map_directory, sources, anchors);
  for (Mapping& mapping : *mappings) relocation.Move(mapping);
  json.Set("mappings", EncodeMappings(*mappings));
  return json.ToString();
}

}  // namespace nano::compiler
