// From a request to an answer. See site.h for ownership and threads.
#include "assets/site.h"

#include <optional>
#include <utility>

#include "assets/asset_path.h"
#include "http/accept_encoding.h"
#include "http/byte_ranges.h"
#include "http/date.h"
#include "http/fields.h"
#include "http/preconditions.h"

namespace nano::assets {
namespace {

using http::ContentCoding;
using snapshot::AssetBytes;
using snapshot::AssetFile;

static_assert(snapshot::kAssetCodings == http::kContentCodings);
static_assert(snapshot::kAssetIdentity == static_cast<size_t>(ContentCoding::kIdentity));

constexpr std::string_view kRevalidate = "cache-control: public, max-age=0, must-revalidate\r\n";
// A year, the longest that means anything (RFC 9111, section 5.2.2.1, and RFC 8246).
constexpr std::string_view kForEver = "cache-control: public, max-age=31536000, immutable\r\n";

// What is wrong with rules was told when they were packed.
Redirects ReadRedirects(const SiteRules& rules) {
  std::vector<Error> told;
  return Redirects::Parse(rules.redirects, "", rules.html, told);
}
HeaderRules ReadHeaders(const SiteRules& rules) {
  std::vector<Error> told;
  return HeaderRules::Parse(rules.headers, "", told);
}

std::string Modified(int64_t seconds) {
  std::string field = "last-modified: ";
  const size_t begin = field.size();
  field.resize(begin + http::kDateSize);
  http::WriteDate(seconds, field.data() + begin);
  return field += "\r\n";
}

void AppendField(std::string& fields, std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

std::string_view WithoutPort(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  return colon == std::string_view::npos || authority.ends_with(']') ? authority
                                                                     : authority.substr(0, colon);
}

// The query, with its question mark, of a request's target.
std::string_view SearchOf(std::string_view target) {
  const size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  const std::string_view search = target.substr(mark);
  return search.substr(0, search.find('#'));
}

std::string ContentRange(const http::ByteRange& range, uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" +
         std::to_string(range.first + range.length - 1) + "/" + std::to_string(size);
}

bool IsRead(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

uint64_t SiteAnswer::length() const {
  uint64_t length = bytes.size + text.size();
  for (const Part& part : parts) length += part.head.size() + part.bytes.size;
  return length;
}

// What a request's fields say that concerns files.
struct Site::Fields {
  http::ConditionFields conditions;
  std::string_view accept_encoding{};
  std::string_view range{};
  bool authorized = false;
  bool navigates = false;  // It is a browser's, for a page of its own.

  explicit Fields(std::string_view block) {
    while (const std::optional<http::Field> field = http::TakeField(block)) {
      const std::string_view name = field->name;
      switch (name.front()) {
        case 'a':
          if (name == "accept-encoding") accept_encoding = field->value;
          if (name == "authorization") authorized = true;
          break;
        case 'i':
          if (name == "if-none-match") conditions.if_none_match = field->value;
          if (name == "if-modified-since") conditions.if_modified_since = field->value;
          if (name == "if-match") conditions.if_match = field->value;
          if (name == "if-unmodified-since") conditions.if_unmodified_since = field->value;
          if (name == "if-range") conditions.if_range = field->value;
          break;
        case 'r':
          if (name == "range") range = field->value;
          break;
        case 's':
          if (name == "sec-fetch-mode") navigates = field->value == "navigate";
          break;
        default:
          break;
      }
    }
  }
};

struct Site::Found {
  AssetFile file;
  ContentCoding coding;
  std::string tag;   // As a field has it: one for each coding.
  int status = 200;  // 404 of a page that says so.

  const AssetBytes& bytes() const { return *file.bytes[static_cast<size_t>(coding)]; }
};

Result<std::unique_ptr<const Site>> Site::Make(const snapshot::AssetPack& pack, int64_t modified) {
  SiteRules rules = TRY(DecodeRules(pack.rules()));
  return std::unique_ptr<const Site>(new Site(pack, std::move(rules), modified));
}

Site::Site(const snapshot::AssetPack& pack, SiteRules rules, int64_t modified)
    : pack_(pack),
      rules_(std::move(rules)),
      redirects_(ReadRedirects(rules_)),
      headers_(ReadHeaders(rules_)),
      modified_(modified),
      modified_field_(Modified(modified)) {}

// Exceptions come before what they are exceptions from, whatever their order.
Site::First Site::WhoIsFirst(std::string_view path) const {
  if (rules_.worker_first) return First::kCode;
  const std::vector<std::string>& patterns = rules_.worker_first_paths;
  const auto matches = [path](std::string_view pattern) { return MatchesGlob(pattern, path); };
  for (const std::string_view pattern : patterns) {
    if (pattern.starts_with('!') && matches(pattern.substr(1))) return First::kFilesAlone;
  }
  for (const std::string_view pattern : patterns) {
    if (!pattern.starts_with('!') && matches(pattern)) return First::kCode;
  }
  return First::kFiles;
}

Resolution Site::ResolveName(std::string_view name, config::NotFoundHandling not_found) const {
  return Resolve(name, rules_.html, not_found,
                 [this](std::string_view file) { return pack_.Has(file); });
}

bool Site::Answer(const http::RequestHead& request, Company company, int64_t now,
                  SiteAnswer& answer, std::span<const Site* const> before) const {
  answer.site = this;
  answer.status = 0;
  answer.fields.clear();
  answer.bytes = {};
  answer.parts.clear();
  answer.text.clear();

  const Fields fields(request.headers);
  const std::string_view search = SearchOf(request.target);
  std::string_view path = request.target.substr(0, request.target.size() - search.size());
  std::string normalized;
  if (!IsPlain(path)) path = normalized = NormalizePath(path);

  bool has_code = company == Company::kCode;
  if (has_code) {
    const First first = WhoIsFirst(path);
    if (first == First::kCode) return false;
    has_code = first == First::kFiles;
  }
  bool rewritten = false;
  std::string rewritten_path;
  if (!redirects_.empty()) {
    if (const std::optional<Destination> destination = redirects_.Find(path)) {
      if (Redirect(*destination, search, answer)) {
        ApplyRules(request.authority, path, answer);
        return true;
      }
      rewritten = true;
      rewritten_path = NormalizePath(destination->to);
    }
  }
  // Files are read only: whatever else a client wants of a path is the code's.
  if (has_code && !rewritten && !IsRead(request.method)) return false;
  const std::string_view wanted = rewritten ? std::string_view(rewritten_path) : path;
  // Of a page that a browser goes to, what is set for those without a file is meant; the code is
  // asked for all else.
  const bool passes = has_code && !fields.navigates;
  std::string decoded;
  std::string_view name = wanted;
  if (!IsPlain(wanted)) name = decoded = DecodePath(wanted);
  const Resolution found =
      ResolveName(name, passes ? config::NotFoundHandling::kNone : rules_.not_found);

  using enum Resolution::Kind;
  if (!before.empty() && found.kind != kFile && found.kind != kRedirect &&
      AnswerFrom(before, name, request, fields, now, answer)) {
    return true;
  }
  if (found.kind == kNothing) {
    if (has_code && !rewritten) return false;
    answer.status = 404;
    answer.text = "Not Found\n";
    answer.fields = "content-type: text/plain; charset=utf-8\r\n";
  } else if (!IsRead(request.method)) {
    answer.status = 405;
    answer.fields = "allow: GET, HEAD\r\n";
  } else {
    const bool is_file = found.kind != kRedirect;
    // A file has one path, its name encoded; what stands in where there is none has every path.
    const bool has_path = found.kind == kFile || found.kind == kRedirect;
    const std::string_view target = is_file ? name : std::string_view(found.name);
    const bool is_plain = IsPlain(target);
    const std::string encoded = is_plain ? std::string() : EncodePath(target);
    const std::string_view location = is_plain ? target : std::string_view(encoded);
    if (has_path && (!is_file || location != wanted)) {
      answer.status = 307;
      AppendField(answer.fields, "location", std::string(location).append(search));
    } else {
      AnswerFile(*pack_.Find(found.name), found.kind == kNotFound ? 404 : 200, fields,
                 request.method, now, answer);
    }
  }
  ApplyRules(request.authority, path, answer);
  return true;
}

// The newest comes first.
bool Site::AnswerFrom(std::span<const Site* const> before, std::string_view name,
                      const http::RequestHead& request, const Fields& fields, int64_t now,
                      SiteAnswer& answer) const {
  if (!IsRead(request.method)) return false;
  for (auto site = before.rbegin(); site != before.rend(); ++site) {
    const std::optional<AssetFile> file = (*site)->pack_.Find(name);
    if (!file || file->media_type.starts_with("text/html")) continue;
    answer.site = *site;
    (*site)->AnswerFile(*file, 200, fields, request.method, now, answer);
    (*site)->ApplyRules(request.authority, EncodePath(name), answer);
    return true;
  }
  return false;
}

// In the coding that the client takes the most gladly.
void Site::AnswerFile(const AssetFile& file, int status, const Fields& fields,
                      std::string_view method, int64_t now, SiteAnswer& answer) const {
  http::ContentCodings available;
  for (size_t i = 0; i < snapshot::kAssetCodings; ++i) {
    if (file.bytes[i]) available.Add(static_cast<ContentCoding>(i));
  }
  const ContentCoding coding = http::ChooseCoding(fields.accept_encoding, available);
  std::string tag = std::string("\"").append(file.tag);
  if (coding != ContentCoding::kIdentity) tag.append("-").append(NameOf(coding));
  Represent({.file = file, .coding = coding, .tag = std::move(tag += '"'), .status = status},
            fields, method, now, answer);
}

// Sends the client elsewhere; false: another file is meant by the path.
bool Site::Redirect(const Destination& destination, std::string_view search,
                    SiteAnswer& answer) const {
  if (destination.status == 200) return false;
  // The request's query goes along, unless the rule has one; the fragment stays last.
  const size_t fragment = std::min(destination.to.find('#'), destination.to.size());
  std::string location = destination.to.substr(0, fragment);
  if (location.find('?') == std::string::npos) location += search;
  location += destination.to.substr(fragment);
  answer.status = destination.status;
  AppendField(answer.fields, "location", location);
  return true;
}

void Site::Represent(const Found& found, const Fields& fields, std::string_view method, int64_t now,
                     SiteAnswer& answer) const {
  const AssetFile& file = found.file;
  const http::Validators validators{.etag = found.tag, .last_modified = modified_};
  const bool is_page =
      found.status == 200;  // A page that says that there is none is no representation of the path.
  http::Condition condition = http::Condition::kMet;
  if (is_page && fields.conditions.any())
    condition = CheckPreconditions(fields.conditions, validators, now);
  answer.status = found.status;
  std::string& out = answer.fields;
  AppendField(out, "etag", found.tag);
  bool has_coded = false;
  for (size_t i = 0; i < snapshot::kAssetIdentity; ++i)
    has_coded = has_coded || file.bytes[i].has_value();
  if (has_coded) out += "vary: accept-encoding\r\n";
  if (condition == http::Condition::kFailed) {
    answer.status = 412;
    return;
  }
  const size_t kept = out.size();
  // What a shared cache may not keep.
  if (!fields.authorized) out += file.has_hash && is_page ? kForEver : kRevalidate;
  if (is_page) out += modified_field_;
  if (condition == http::Condition::kNotModified) {
    answer.status = 304;
    return;
  }
  if (found.coding != ContentCoding::kIdentity)
    AppendField(out, "content-encoding", NameOf(found.coding));
  if (is_page) out += "accept-ranges: bytes\r\n";
  const bool ranged = is_page && method == "GET" && fields.range.data() != nullptr &&
                      RangeApplies(fields.conditions, validators, now);
  if (ranged) {
    TakeRanges(found, fields.range, answer);
    // That a range is not there is true of these bytes alone, and nothing to be kept for a year.
    if (answer.status == 416 && !fields.authorized)
      out.erase(kept, (file.has_hash ? kForEver : kRevalidate).size());
    return;
  }
  if (!file.media_type.empty()) AppendField(out, "content-type", file.media_type);
  answer.bytes = found.bytes();
}

// The ranges that are asked for.
void Site::TakeRanges(const Found& found, std::string_view range_field, SiteAnswer& answer) {
  const AssetBytes& whole = found.bytes();
  const std::string_view type = found.file.media_type;
  const http::RequestedRanges requested = http::ParseRanges(range_field, whole.size);
  const auto add_type = [&] {
    if (!type.empty()) AppendField(answer.fields, "content-type", type);
  };
  switch (requested.kind) {
    case http::RequestedRanges::Kind::kWhole:
      add_type();
      answer.bytes = whole;
      return;
    case http::RequestedRanges::Kind::kUnsatisfiable:
      answer.status = 416;
      AppendField(answer.fields, "content-range", "bytes */" + std::to_string(whole.size));
      return;
    case http::RequestedRanges::Kind::kSome:
      break;
  }
  answer.status = 206;
  const auto of = [&whole](const http::ByteRange& range) {
    return AssetBytes{whole.offset + range.first, range.length};
  };
  if (requested.ranges.size() == 1) {
    add_type();
    AppendField(answer.fields, "content-range", ContentRange(requested.ranges[0], whole.size));
    answer.bytes = of(requested.ranges[0]);
    return;
  }
  // RFC 9110, section 14.6. No contents have their own hash in them.
  const std::string_view boundary = found.file.tag;
  AppendField(answer.fields, "content-type",
              std::string("multipart/byteranges; boundary=").append(boundary));
  for (const http::ByteRange& range : requested.ranges) {
    std::string head = std::string("\r\n--").append(boundary).append("\r\n");
    if (!type.empty()) AppendField(head, "content-type", type);
    AppendField(head, "content-range", ContentRange(range, whole.size));
    answer.parts.push_back({.head = std::move(head += "\r\n"), .bytes = of(range)});
  }
  answer.text = std::string("\r\n--").append(boundary).append("--\r\n");
}

// By the path as the client asked for it.
void Site::ApplyRules(std::string_view authority, std::string_view path, SiteAnswer& answer) const {
  if (headers_.empty()) return;
  FieldList fields;
  std::string_view rest = answer.fields;
  while (!rest.empty()) {
    const size_t colon = rest.find(": ");
    const size_t end = rest.find("\r\n", colon);
    fields.emplace_back(rest.substr(0, colon), rest.substr(colon + 2, end - colon - 2));
    rest.remove_prefix(end + 2);
  }
  headers_.Apply(WithoutPort(authority), path, fields);
  answer.fields.clear();
  for (const auto& [name, value] : fields) AppendField(answer.fields, name, value);
}

}  // namespace nano::assets
