// The names by which modules are looked for in folders: those parts of specifiers, and of the
// fields of package.json and tsconfig.json files, that a file or folder may be called by. Owns the
// names. Thread: any.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "compiler/bundle/metafile.h"
#include "compiler/process/lookup_recorder.h"
#include "compiler/project/entry_point.h"

namespace nano::compiler {

class ModuleNames {
 public:
  using Set = std::unordered_set<std::string>;

  // Those of an app's modules, and of the JSON files among the lookups. What a package.json says is
  // for its folder and those below.
  static ModuleNames Of(const Metafile& metafile, const std::vector<FileLookup>& lookups,
                        const EntryPoint& entry);

  // The names that matter in one folder. "index" has "index", "index.ts" and "index.test.ts".
  class InFolder {
   public:
    bool Has(std::string_view name) const;

   private:
    friend class ModuleNames;
    bool all_ = false;
    std::vector<const Set*> sets_;
  };
  InFolder In(const std::string& folder) const;

  // By the folder that they are for, relative to `directory`, as the constructor takes them; "" has
  // those for all folders. "*" among them is every name.
  std::map<std::string, Set> ByFolder(const std::string& directory) const;
  // Some cannot be told, so that every name matters.
  bool all() const { return all_; }
  ModuleNames(const std::string& directory, const std::map<std::string, Set>& by_folder, bool all);

 private:
  ModuleNames() = default;
  // Of the fields of a package.json or tsconfig.json file.
  void AddJsonFile(const std::string& path);
  void AddPath(Set& names, std::string_view path);
  // Of a module in `folder`.
  void AddPattern(const std::string& folder, std::string_view pattern);

  // By the path, with a slash at its end, that the folders which they are for begin with.
  std::map<std::string, Set> names_;
  bool all_ = false;
};

}  // namespace nano::compiler
