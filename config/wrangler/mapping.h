// The fields that NANO has, in nano.yaml's words: what each means is said by the table
// (config/wrangler/fields.h). Owns what it has made so far. Not thread-safe; short-lived.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "config/wrangler/remark.h"
#include "config/yaml/yaml.h"

namespace nano::config {

class WranglerMapping {
 public:
  WranglerMapping(std::vector<Remark>& remarks, std::vector<Error>& errors)
      : remarks_(remarks), errors_(errors) {}

  // Of a field at the top, which is mapped, or has parts that are.
  void Take(const Node::Entry& entry);

  // The app's map.
  std::shared_ptr<const Node> Finish(const Place& place);

 private:
  using NodePtr = std::shared_ptr<const Node>;

  struct Filled {
    std::shared_ptr<Node> node;
    std::unordered_set<std::string> keys;  // Those that are in it.
  };

  void Put(std::string key, const Place& place, NodePtr value);
  // Of a map within the app's, which is made where it is not there.
  void PutIn(const std::string& map, std::string key, const Place& place, NodePtr value);
  void Fail(const Place& place, std::string message, std::string hint = "");
  void Remember(const Place& place, std::string text);
  bool IsList(const Node::Entry& entry);
  bool IsTexts(const Node& node, const std::string& path);
  // Null: there is none, or it is no text, which is told.
  const Node* OptionalText(const Node& map, const std::string& section, const char* key);

  void TakeVars(const Node::Entry& entry);
  void TakeSecrets(const Node::Entry& entry);
  void TakeKv(const Node::Entry& entry);
  void TakeServices(const Node::Entry& entry);
  void TakeAssets(const Node::Entry& entry);
  void TakeRoutes(const Node& node);
  void TakeRoute(const Node& node);
  void TakeRules(const Node::Entry& entry);
  void TakeRule(const Node& rule);
  void TakeParts(const Node::Entry& entry, std::string_view section);
  void TakeFlags(const Node::Entry& entry);
  void TakeMetadata(const Node::Entry& entry);

  std::vector<Remark>& remarks_;
  std::vector<Error>& errors_;
  Node app_;
  std::map<std::string, Filled> maps_;  // Of `app_`, by their keys.
  std::vector<NodePtr> hosts_;
  std::shared_ptr<Node> rules_;  // By extensions; null: none so far.
};

}  // namespace nano::config
