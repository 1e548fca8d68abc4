// The order of the fields, in both directions. See messages.h.
#include "storage/cache/messages.h"

#include "base/byte_stream.h"

namespace nano::cache {
namespace {

Error Malformed(const char* what) {
  return Error{std::string("a message of the cache is malformed: ") + what, {}, {}};
}

void WriteTime(ByteWriter& out, int64_t seconds) { out.Number(static_cast<uint64_t>(seconds)); }
int64_t ReadTime(ByteReader& in) { return static_cast<int64_t>(in.Number<uint64_t>()); }

}  // namespace

std::string Encode(const Request& request) {
  ByteWriter out;
  out.Number(static_cast<uint8_t>(request.operation));
  out.Text(request.app);
  out.Text(request.key);
  out.Text(request.prefix);
  out.Text(request.after);
  out.Number(request.number);
  out.Number(request.offset);
  out.Number(request.status);
  out.Text(request.status_text);
  out.Text(request.fields);
  WriteTime(out, request.born);
  WriteTime(out, request.expires);
  out.Text(request.bytes);
  return out.Take();
}

Result<Request> DecodeRequest(std::string_view message) {
  ByteReader in(message);
  Request request;
  const auto operation = in.Number<uint8_t>();
  if (operation < static_cast<uint8_t>(Operation::kMatch) ||
      operation > static_cast<uint8_t>(Operation::kCaches)) {
    return Malformed("an operation that there is not");
  }
  request.operation = static_cast<Operation>(operation);
  request.app = in.Text();
  request.key = in.Text();
  request.prefix = in.Text();
  request.after = in.Text();
  request.number = in.Number<uint64_t>();
  request.offset = in.Number<uint64_t>();
  request.status = in.Number<uint16_t>();
  request.status_text = in.Text();
  request.fields = in.Text();
  request.born = ReadTime(in);
  request.expires = ReadTime(in);
  request.bytes = in.Text();
  if (!in.Done()) return Malformed("it does not end where it should");
  return request;
}

std::string Encode(const Answer& answer) {
  ByteWriter out;
  out.Number(static_cast<uint8_t>(answer.outcome));
  out.Number(answer.number);
  out.Number(answer.size);
  out.Number(answer.status);
  out.Text(answer.status_text);
  out.Text(answer.fields);
  WriteTime(out, answer.born);
  WriteTime(out, answer.expires);
  out.Text(answer.bytes);
  out.Each(answer.figures, [&out](const Figures& figures) {
    out.Text(figures.app);
    for (const uint64_t number : {figures.entries, figures.bytes, figures.hits, figures.misses,
                                  figures.stored, figures.evicted}) {
      out.Number(number);
    }
  });
  out.Text(answer.after);
  return out.Take();
}

Result<Answer> DecodeAnswer(std::string_view message) {
  ByteReader in(message);
  Answer answer;
  const auto outcome = in.Number<uint8_t>();
  if (outcome > static_cast<uint8_t>(Outcome::kFailed)) return Malformed("an unknown outcome");
  answer.outcome = static_cast<Outcome>(outcome);
  answer.number = in.Number<uint64_t>();
  answer.size = in.Number<uint64_t>();
  answer.status = in.Number<uint16_t>();
  answer.status_text = in.Text();
  answer.fields = in.Text();
  answer.born = ReadTime(in);
  answer.expires = ReadTime(in);
  answer.bytes = in.Text();
  in.Each([&] {
    Figures& figures = answer.figures.emplace_back();
    figures.app = in.Text();
    for (uint64_t* const number : {&figures.entries, &figures.bytes, &figures.hits, &figures.misses,
                                   &figures.stored, &figures.evicted}) {
      *number = in.Number<uint64_t>();
    }
  });
  answer.after = in.Text();
  if (!in.Done()) return Malformed("it does not end where it should");
  return answer;
}

}  // namespace nano::cache
