// The order of the fields, in both directions. See messages.h.
#include "storage/kv/messages.h"

#include "base/byte_stream.h"

namespace nano::kv {
namespace {

Error Malformed(const char* what) {
  return Error{std::string("a message of KV is malformed: ") + what, {}, {}};
}

void WriteMetadata(ByteWriter& out, const std::optional<std::string_view>& metadata) {
  out.Flag(metadata.has_value());
  if (metadata) out.Text(*metadata);
}

std::optional<std::string_view> ReadMetadata(ByteReader& in) {
  if (!in.Flag()) return std::nullopt;
  return in.Text();
}

}  // namespace

std::string Encode(const Request& request) {
  ByteWriter out;
  out.Reserve(64 + request.value.size());
  out.Number(static_cast<uint8_t>(request.operation));
  out.Number(request.binding);
  out.Text(request.name);
  out.Each(request.keys, [&out](std::string_view key) { out.Text(key); });
  WriteMetadata(out, request.metadata);
  out.Number(static_cast<uint64_t>(request.expiration));
  out.Number(static_cast<uint64_t>(request.ttl));
  out.Text(request.prefix);
  out.Text(request.after);
  out.Number(request.limit);
  out.Text(request.value);
  return out.Take();
}

Result<Request> DecodeRequest(std::string_view message) {
  ByteReader in(message);
  Request request;
  const auto operation = in.Number<uint8_t>();
  if (operation < static_cast<uint8_t>(Operation::kGet) ||
      operation > static_cast<uint8_t>(Operation::kNamespaces)) {
    return Malformed("an operation that there is not");
  }
  request.operation = static_cast<Operation>(operation);
  request.binding = in.Number<uint16_t>();
  request.name = in.Text();
  in.Each([&] { request.keys.push_back(in.Text()); });
  request.metadata = ReadMetadata(in);
  request.expiration = static_cast<int64_t>(in.Number<uint64_t>());
  request.ttl = static_cast<int64_t>(in.Number<uint64_t>());
  request.prefix = in.Text();
  request.after = in.Text();
  request.limit = in.Number<uint32_t>();
  request.value = in.Text();
  if (!in.Done()) return Malformed("it does not end where it should");
  return request;
}

std::string Encode(const Answer& answer) {
  size_t bytes = 64;
  for (const Entry& entry : answer.entries) bytes += entry.value.size() + 64;
  ByteWriter out;
  out.Reserve(bytes);
  out.Number(static_cast<uint8_t>(answer.outcome));
  out.Text(answer.text);
  out.Flag(answer.complete);
  out.Each(answer.entries, [&out](const Entry& entry) {
    out.Flag(entry.found);
    out.Text(entry.key);
    WriteMetadata(out, entry.metadata);
    out.Number(static_cast<uint64_t>(entry.expiration));
    out.Text(entry.value);
  });
  return out.Take();
}

Result<Answer> DecodeAnswer(std::string_view message) {
  if (message.empty()) return Error{"the store has no answer that fits into a message", {}, {}};
  ByteReader in(message);
  Answer answer;
  const auto outcome = in.Number<uint8_t>();
  if (outcome > static_cast<uint8_t>(Outcome::kFailed)) return Malformed("an unknown outcome");
  answer.outcome = static_cast<Outcome>(outcome);
  answer.text = in.Text();
  answer.complete = in.Flag();
  in.Each([&] {
    Entry& entry = answer.entries.emplace_back();
    entry.found = in.Flag();
    entry.key = in.Text();
    entry.metadata = ReadMetadata(in);
    entry.expiration = static_cast<int64_t>(in.Number<uint64_t>());
    entry.value = in.Text();
  });
  if (!in.Done()) return Malformed("it does not end where it should");
  return answer;
}

std::string EncodeFailure(Outcome outcome, std::string_view text) {
  return Encode(Answer{.outcome = outcome, .text = text});
}

}  // namespace nano::kv
