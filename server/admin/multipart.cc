// Boundaries found in what is held, which is moved up as it is passed on.
#include "server/admin/multipart.h"

#include <strings.h>

#include <algorithm>
#include <utility>

namespace nano::server::admin {
namespace {

Error Malformed(const std::string& what) {
  return {"the multipart body is malformed: " + what, "", ""};
}

bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of a parameter in what follows a type or a disposition: `; name=value; other="v"`.
// None: there is no such one, or a malformed one before it.
std::optional<std::string> Parameter(std::string_view text, std::string_view wanted) {
  while (!(text = Trimmed(text)).empty()) {
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    const size_t equals = text.find('=');
    if (equals == text.npos) return std::nullopt;
    const std::string_view name = Trimmed(text.substr(0, equals));
    text = Trimmed(text.substr(equals + 1));
    std::string value;
    if (text.starts_with('"')) {
      size_t at = 1;
      while (at < text.size() && text[at] != '"') {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at++];
      }
      if (at == text.size()) return std::nullopt;
      text.remove_prefix(at + 1);
    } else {
      const size_t end = std::min(text.find_first_of("; \t"), text.size());
      value = text.substr(0, end);
      text.remove_prefix(end);
    }
    if (IsSame(name, wanted)) return value;
  }
  return std::nullopt;
}

// RFC 2046, section 5.1.1.
bool IsBoundary(std::string_view text) {
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
         });
}

// The name in a part's header, whose lines end in "\r\n" each. Other fields than these two say
// nothing that matters here.
Result<std::string> NameOf(std::string_view header) {
  std::optional<std::string> name;
  while (!header.empty()) {
    const size_t end = header.find("\r\n");
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(end + 2);
    const size_t colon = line.find(':');
    if (colon == line.npos || colon == 0 || line.find_first_of(" \t\r\n") < colon) {
      return Malformed("a header field of a part");
    }
    const std::string_view field = line.substr(0, colon);
    const std::string_view value = Trimmed(line.substr(colon + 1));
    if (IsSame(field, "content-transfer-encoding") && !IsSame(value, "binary") &&
        !IsSame(value, "8bit") && !IsSame(value, "7bit")) {
      return Malformed("a part with a transfer encoding, which forms have none of");
    }
    if (!IsSame(field, "content-disposition")) continue;
    const size_t semicolon = std::min(value.find(';'), value.size());
    if (name.has_value() || !IsSame(Trimmed(value.substr(0, semicolon)), "form-data")) {
      return Malformed("a part's Content-Disposition");
    }
    name = Parameter(value.substr(semicolon), "name");
    if (!name.has_value()) return Malformed("a part without a name");
  }
  if (!name.has_value()) return Malformed("a part without Content-Disposition");
  return *std::move(name);
}

}  // namespace

std::optional<std::string> MultipartReader::BoundaryOf(std::string_view content_type) {
  const size_t semicolon = std::min(content_type.find(';'), content_type.size());
  if (!IsSame(Trimmed(content_type.substr(0, semicolon)), "multipart/form-data")) {
    return std::nullopt;
  }
  std::optional<std::string> boundary = Parameter(content_type.substr(semicolon), "boundary");
  if (!boundary.has_value() || !IsBoundary(*boundary)) return std::nullopt;
  return boundary;
}

// A body may begin with its first boundary, without the line's end that the others have before
// them: it is as good as there.
MultipartReader::MultipartReader(std::string_view boundary, Parts& parts)
    : delimiter_("\r\n--" + std::string(boundary)), parts_(parts), held_("\r\n") {}

Result<void> MultipartReader::Read(std::string_view bytes) {
  held_.append(bytes);
  while (TRY(Step())) {
  }
  held_.erase(0, at_);
  at_ = 0;
  return {};
}

Result<void> MultipartReader::End() {
  if (state_ != State::kEpilogue) return Malformed("it ends before its last boundary");
  return {};
}

// False: it takes more bytes to go on.
Result<bool> MultipartReader::Step() {
  switch (state_) {
    case State::kPreamble:
      return SkipPreamble();
    case State::kDelimiter:
      return ReadDelimiter();
    case State::kHeader:
      return ReadHeader();
    case State::kData:
      return ReadData();
    case State::kEpilogue:
      at_ = held_.size();
      break;
  }
  return false;
}

Result<bool> MultipartReader::SkipPreamble() {
  const size_t found = held_.find(delimiter_, at_);
  if (found == held_.npos) {
    // All but what may be the beginning of a delimiter.
    const size_t done = held_.size() - std::min(held_.size(), delimiter_.size() - 1);
    skipped_ += done > at_ ? done - at_ : 0;
    at_ = std::max(at_, done);
    if (skipped_ > kMaxPreamble) return Malformed("no boundary, where the first part should begin");
    return false;
  }
  at_ = found + delimiter_.size();
  state_ = State::kDelimiter;
  return true;
}

Result<bool> MultipartReader::ReadDelimiter() {
  const std::string_view rest = std::string_view(held_).substr(at_);
  if (rest.starts_with("--")) {
    at_ += 2;
    state_ = State::kEpilogue;
    return true;
  }
  // White space that a transport has added.
  const size_t end = rest.find_first_not_of(" \t");
  if (end > kMaxHeader && rest.size() > kMaxHeader) return Malformed("a boundary's line");
  if (end == rest.npos || (rest[end] == '\r' && end + 1 == rest.size()) || rest == "-") {
    return false;
  }
  if (!rest.substr(end).starts_with("\r\n")) return Malformed("a boundary's line");
  // The line's end stays: it is the header's beginning, which may be empty.
  at_ += end;
  state_ = State::kHeader;
  return true;
}

Result<bool> MultipartReader::ReadHeader() {
  const std::string_view rest = std::string_view(held_).substr(at_);
  const size_t end = rest.find("\r\n\r\n");
  if (std::min(end, rest.size()) > kMaxHeader) return Malformed("a part's header is too long");
  if (end == rest.npos) return false;
  if (++count_ > kMaxParts) return Malformed("too many parts");
  const std::string name = TRY(NameOf(rest.substr(2, end)));
  TRY(parts_.OnPart(name));
  // Of the empty line, the end is also that before a delimiter, if the part is empty.
  at_ += end + 2;
  skipped_ = 2;
  state_ = State::kData;
  return true;
}

Result<bool> MultipartReader::ReadData() {
  const size_t found = held_.find(delimiter_, at_);
  const size_t end =
      found == held_.npos
          ? std::max(at_, held_.size() - std::min(held_.size(), delimiter_.size() - 1))
          : found;
  // What is left of the empty line behind the header is none of the data.
  const size_t begin = std::min(at_ + skipped_, std::max(at_, end));
  skipped_ -= begin - at_;
  at_ = end;
  if (end > begin) TRY(parts_.OnData(std::string_view(held_).substr(begin, end - begin)));
  if (found == held_.npos) return false;
  TRY(parts_.OnPartEnd());
  at_ = found + delimiter_.size();
  state_ = State::kDelimiter;
  return true;
}

}  // namespace nano::server::admin
