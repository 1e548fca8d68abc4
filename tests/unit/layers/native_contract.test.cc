// What the Web APIs' TypeScript (runtime/web/host) and the C++ of the runtime tell each other by
// name and by number: ops, hooks, enumerations. Each side has its own list, so that either reads
// well alone; this compares them, from the sources.
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/web_sources.h"

namespace {

namespace fs = std::filesystem;
using nano::testing::SourceText;
using nano::testing::TextOf;

using Names = std::vector<std::string>;
using Numbers = std::vector<std::pair<std::string, int>>;

// The tables of ops whose types an interface of the TypeScript has, by what gives them.
const std::map<std::string, std::set<std::string>> kTables = {
    {"HttpOps", {"HttpOps"}},
    {"EventLoopOps", {"EventLoopOps"}},
    {"EmbedderOps", {"EmbedderOps"}},
    {"OutboundOps", {"OutboundOps"}},
    {"EngineOps", {"EngineOps"}},
    {"CloneOps", {"CloneOps"}},
    {"ValueOps", {"ValueOps"}},
    {"KvOps", {"KvOps"}},
    {"CryptoOps", {"CryptoOps"}},
    {"UrlOps", {"UrlOps"}},
    {"InspectOps", {"InspectOps"}},
    {"ObservationOps", {"ObservationOps"}},
    {"WasmOps", {"WasmOps"}},
    {"LazyOps", {"LazyOps"}},
    {"DecodeOps", {"DecodeOps"}},
    {"TextOps", {"TextOps"}},
    {"CompressionOps", {"CompressionOps"}},
    {"SubtleOps", {"SubtleAesOps", "SubtleBytesOps", "SubtleDeriveOps", "SubtleDigestOps"}},
    {"SubtleKeyOps", {"SubtleAgreeOps", "SubtleCurveOps", "SubtleRsaOps", "SubtleSignOps"}},
};

// Enumerations by their names in the TypeScript, with those in the C++ (and what comes before it,
// if the name alone would not tell).
struct Enumeration {
  const char* typescript;
  const char* cpp;
  const char* after = "";
  Numbers only_typescript;
};

const std::vector<Enumeration>& Enumerations() {
  static const std::vector<Enumeration> all = {
      {"LogLevel", "LogLevel"},
      {"Phase", "Phase"},
      {"AbortCause", "AbortCause"},
      {"AppLimit", "Of", "struct Denial {"},
      {"CallBody", "CallBody"},
      {"CallAmount", "Amount"},
      {"UrlPart", "UrlPart"},
      {"ObjectKind", "ObjectKind"},
      {"PromiseState", "PromiseState"},
      {"Observed", "Kind", "struct Observation {"},
      {"DecodeFlag", "DecodeFlag"},
      {"CompressionFormat", "CompressionFormat"},
      {"SubtleHash", "Hash"},
      // RSA has no curve.
      {"KeyKind", "Curve", "", {{"Rsa", 7}}},
      {"KeyEncoding", "Encoding"},
  };
  return all;
}

std::string WithoutAnyComments(const std::string& text) {
  std::string code;
  for (size_t at = 0; at < text.size();) {
    if (text.compare(at, 2, "//") == 0) {
      at = text.find('\n', at);
    } else if (text.compare(at, 2, "/*") == 0) {
      at = text.find("*/", at) + 2;
    } else {
      code += text[at++];
    }
    if (at >= text.size()) break;
  }
  return code;
}

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// What is between the braces after `head`, which is at a word's end; empty if there is none.
std::string BodyAfter(const std::string& code, const std::string& head) {
  for (size_t at = code.find(head); at != std::string::npos; at = code.find(head, at + 1)) {
    size_t end = at + head.size();
    if (end < code.size() && IsWord(code[end])) continue;
    const size_t open = code.find_first_of("{;", end);
    if (open == std::string::npos || code[open] == ';') continue;
    int depth = 1;
    for (end = open + 1; end < code.size() && depth > 0; ++end) {
      if (code[end] == '{') ++depth;
      if (code[end] == '}') --depth;
    }
    return code.substr(open + 1, end - open - 2);
  }
  return "";
}

// Names of an interface's methods, in order.
Names MethodsOf(const std::string& text, const std::string& interface) {
  const std::string body = BodyAfter(WithoutAnyComments(text), "interface " + interface);
  Names names;
  int depth = 0;
  std::string word;
  char before = 0;
  for (const char c : body) {
    const bool is_arrow = before == '=' && c == '>';
    before = c;
    if (depth == 0 && c == '(' && !word.empty()) names.push_back(word);
    if (c == '(' || c == '{' || c == '[' || c == '<') ++depth;
    if (c == ')' || c == '}' || c == ']' || (c == '>' && !is_arrow)) --depth;
    if (IsWord(c)) {
      word += c;
    } else {
      word.clear();
    }
  }
  return names;
}

// Enumerators with their numbers; C++'s without their "k".
Numbers EnumerationOf(const std::string& text, const std::string& name, const std::string& after) {
  std::string code = WithoutAnyComments(text);
  if (!after.empty()) {
    const size_t begin = code.find(after);
    if (begin == std::string::npos) return {};
    code = code.substr(begin + after.size());
  }
  std::string body = BodyAfter(code, "enum class " + name);
  if (body.empty()) body = BodyAfter(code, "enum " + name);
  Numbers numbers;
  int next = 0;
  std::istringstream items(body);
  for (std::string item; std::getline(items, item, ',');) {
    std::string enumerator;
    std::string equals;
    int value = 0;
    std::istringstream words(item);
    if (!(words >> enumerator)) continue;
    if (words >> equals >> value) next = value;
    if (enumerator.size() > 1 && enumerator[0] == 'k' && std::isupper(enumerator[1]) != 0) {
      enumerator = enumerator.substr(1);
    }
    numbers.emplace_back(enumerator, next++);
  }
  return numbers;
}

// The ops of a file's table, and what gives it: "HttpOps".
std::pair<std::string, Names> TableOf(const std::string& text) {
  const std::string code = WithoutAnyComments(text);
  constexpr std::string_view kGives = "std::span<const Op> ";
  const size_t begin = code.find(kGives);
  if (begin == std::string::npos) return {};
  const size_t name = begin + kGives.size();
  std::pair<std::string, Names> table{code.substr(name, code.find('(', name) - name), {}};
  const std::string body = BodyAfter(code, "constexpr Op kOps");
  for (size_t at = body.find("{\""); at != std::string::npos; at = body.find("{\"", at + 1)) {
    table.second.push_back(body.substr(at + 2, body.find('"', at + 2) - at - 2));
  }
  return table;
}

// The strings of a list.
Names StringsIn(const std::string& body) {
  Names strings;
  for (size_t open = body.find('"'); open != std::string::npos;) {
    const size_t close = body.find('"', open + 1);
    strings.push_back(body.substr(open + 1, close - open - 1));
    open = body.find('"', close + 1);
  }
  return strings;
}

std::string TypeScript() {
  return SourceText("runtime/web/host/ops.ts") + SourceText("runtime/web/host/http-ops.ts") +
         SourceText("runtime/web/host/kv-ops.ts") +
         SourceText("runtime/web/host/observation-ops.ts") +
         SourceText("runtime/web/host/outbound-ops.ts") +
         SourceText("runtime/web/host/build-hooks.ts") +
         SourceText("runtime/web/host/subtle-ops.ts") + SourceText("runtime/web/host/text-ops.ts");
}

// The texts of the runtime's C++ that have a word in them, without comments.
std::vector<std::string> NativeCodeWith(std::string_view word) {
  std::vector<std::string> texts;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(NANO_SOURCE_DIR) / "runtime")) {
    const std::string ending = entry.path().extension().string();
    if (ending != ".cc" && ending != ".h") continue;
    const std::string text = TextOf(entry.path());
    if (text.find(word) != std::string::npos) texts.push_back(WithoutAnyComments(text));
  }
  return texts;
}

}  // namespace

TEST_CASE("each native op is typed, and each typed op is there") {
  std::map<std::string, Names> tables;
  for (const std::string& text : NativeCodeWith("kOps[]")) {
    const auto [name, ops] = TableOf(text);
    if (!ops.empty()) tables[name] = ops;
  }
  // Those that the engine has: each with its name there.
  const std::vector<std::string> engine = NativeCodeWith("kEngineOps[]");
  REQUIRE(engine.size() == 1);
  const Names names = StringsIn(BodyAfter(engine[0], "kEngineOps"));
  for (size_t i = 0; i < names.size(); i += 2) tables["EngineOps"].push_back(names[i]);
  REQUIRE(tables.size() > 15);
  const std::string typescript = TypeScript();
  std::set<std::string> known;
  for (const auto& [interface, parts] : kTables) {
    std::set<std::string> native;
    for (const std::string& part : parts) {
      INFO("runtime/ops: " << part);
      CHECK(tables.contains(part));
      native.insert(tables[part].begin(), tables[part].end());
      known.insert(part);
    }
    const Names typed = MethodsOf(typescript, interface);
    INFO(interface << " of runtime/web/host");
    CHECK(!typed.empty());
    CHECK(std::set<std::string>(typed.begin(), typed.end()) == native);
    // The one `ops` object has all of them.
    const std::string head = "export interface Ops\n";
    const size_t begin = typescript.find(head);
    REQUIRE(begin != std::string::npos);
    CHECK(typescript.substr(begin, typescript.find('{', begin) - begin).find(interface) !=
          std::string::npos);
  }
  for (const auto& [name, ops] : tables) {
    if (!known.contains(name)) FAIL_CHECK(name << " has no types in runtime/web/host (kTables)");
  }
}

// One kind of hooks: as interfaces of the TypeScript, as names and as an enumeration.
void CheckHooks(const std::vector<const char*>& interfaces, const std::string& list,
                const std::string& enumeration) {
  INFO(enumeration);
  Names typed;
  for (const char* interface : interfaces) {
    const Names methods = MethodsOf(TypeScript(), interface);
    typed.insert(typed.end(), methods.begin(), methods.end());
  }
  CHECK(typed.size() > 4);
  const std::vector<std::string> names = NativeCodeWith("constexpr const char* " + list + "[]");
  REQUIRE(names.size() == 1);
  CHECK(StringsIn(BodyAfter(names[0], "constexpr const char* " + list)) == typed);
  const std::vector<std::string> hooks = NativeCodeWith("enum class " + enumeration + " {");
  REQUIRE(hooks.size() == 1);
  Names enumerators;
  for (auto [name, number] : EnumerationOf(hooks[0], enumeration.c_str(), "")) {
    name[0] = static_cast<char>(std::tolower(name[0]));
    if (name != "count") enumerators.push_back(name);
  }
  CHECK(enumerators == typed);
}

TEST_CASE("hooks have the same names, in the same order, in all of their lists") {
  CheckHooks({"RuntimeHooks"}, "kNames", "Hook");
  CheckHooks({"BuildHooks", "BuilderHooks"}, "kBuildNames", "BuildHook");
}

TEST_CASE("numbers that TypeScript and C++ share are the same") {
  const std::string typescript = TypeScript();
  const std::vector<std::string> texts = NativeCodeWith("enum ");
  for (const Enumeration& enumeration : Enumerations()) {
    INFO(enumeration.typescript << " of runtime/web/host, " << enumeration.cpp
                                << " of the runtime");
    const Numbers typed = EnumerationOf(typescript, enumeration.typescript, "");
    CHECK(typed.size() > 1);
    std::vector<Numbers> native;
    for (const std::string& text : texts) {
      Numbers numbers = EnumerationOf(text, enumeration.cpp, enumeration.after);
      if (!numbers.empty()) native.push_back(std::move(numbers));
    }
    // Found, and not two of that name.
    REQUIRE(native.size() == 1);
    native[0].insert(native[0].end(), enumeration.only_typescript.begin(),
                     enumeration.only_typescript.end());
    CHECK(native[0] == typed);
  }
  // Every enumeration of the TypeScript is among them.
  std::set<std::string> known;
  for (const Enumeration& enumeration : Enumerations()) known.insert(enumeration.typescript);
  constexpr std::string_view kEnum = "export const enum ";
  for (size_t at = typescript.find(kEnum); at != std::string::npos;
       at = typescript.find(kEnum, at + 1)) {
    const size_t name = at + kEnum.size();
    const std::string found = typescript.substr(name, typescript.find(' ', name) - name);
    if (!known.contains(found)) FAIL_CHECK(found << " is compared with nothing (Enumerations)");
  }
}

TEST_CASE("bodies are decoded from the same content codings in both") {
  const std::vector<std::string> decoders = NativeCodeWith("constexpr Coding kCodings");
  REQUIRE(decoders.size() == 1);
  const Names native = StringsIn(BodyAfter(decoders[0], "constexpr Coding kCodings"));
  CHECK(native.size() > 4);
  std::set<std::string> decoded(native.begin(), native.end());
  decoded.insert({"", "identity"});
  const std::string fetch =
      WithoutAnyComments(SourceText("runtime/web/fetch/lazy/fetched-response.ts"));
  std::set<std::string> typed;
  constexpr std::string_view kCase = "case \"";
  const std::string body = BodyAfter(fetch, "function isDecodable");
  for (size_t at = body.find(kCase); at != std::string::npos; at = body.find(kCase, at + 1)) {
    const size_t name = at + kCase.size();
    typed.insert(body.substr(name, body.find('"', name) - name));
  }
  CHECK(typed == decoded);
}

TEST_CASE("the slot of an exchange's number is the same in both") {
  const std::vector<std::string> tables = NativeCodeWith("kSlotBits = ");
  REQUIRE(tables.size() == 1);
  const std::string& native = tables[0];
  const std::string typed = SourceText("runtime/web/exchange/exchanges.ts");
  constexpr std::string_view kBits = "kSlotBits = ";
  constexpr std::string_view kMask = "const SLOT_MASK = ";
  REQUIRE(typed.find(kMask) != std::string::npos);
  const int bits = std::stoi(native.substr(native.find(kBits) + kBits.size()));
  const int mask = std::stoi(typed.substr(typed.find(kMask) + kMask.size()), nullptr, 0);
  CHECK((1 << bits) - 1 == mask);
}

TEST_CASE("the lists of a contract are read as they are written") {
  CHECK(MethodsOf("interface Ab { x(): void }\n"
                  "export interface A {\n  /** b(c) */\n  d(e: (f: g) => void, h?: [i(): j]): k;\n "
                  " z(): void;\n"
                  "  // l()\n  m(n: Array<(o: p) => q>): r;\n}",
                  "A") == Names{"d", "z", "m"});
  CHECK(MethodsOf("interface A {\n  d(\n    e: f,\n  ): [x: g];\n  h(): void;\n}", "A") ==
        Names{"d", "h"});
  CHECK(EnumerationOf("enum class Ab { kZ };\nenum class A : uint8_t { kB, kC = 5,  // kX\n kD };",
                      "A", "") == Numbers{{"B", 0}, {"C", 5}, {"D", 6}});
  CHECK(EnumerationOf("export const enum A {\n  B = 1,\n  /** k */\n  C = 2,\n}", "A", "") ==
        Numbers{{"B", 1}, {"C", 2}});
  CHECK(EnumerationOf("enum class A { kB }; struct S { enum class A { kC }; };", "A",
                      "struct S {") == Numbers{{"C", 0}});
  CHECK(TableOf("constexpr Op kOps[] = {\n    {\"a\", A},\n    {\"b\", B},\n};\n"
                "std::span<const Op> XOps() { return kOps; }") ==
        std::pair<std::string, Names>{"XOps", {"a", "b"}});
  CHECK(StringsIn("\n    \"a\", \"b\",\n") == Names{"a", "b"});
}
