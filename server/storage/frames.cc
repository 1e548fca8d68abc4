// The header of a frame, written and read. See frames.h for ownership and threads.
#include "server/storage/frames.h"

#include <algorithm>
#include <utility>

#include "base/byte_stream.h"
#include "base/check.h"

namespace nano::server {
namespace {

enum class Kind : uint8_t {
  kWhole = 0,
  kFirst,  // Of a long message …
  kNext,   // … and all others of it.
};

constexpr size_t kHeaderBytes = 20;

struct Header {
  uint32_t bytes = 0;  // Of this frame, without the header.
  uint32_t call = 0;
  uint32_t scope = 0;
  uint32_t total = 0;  // Of a long message.
  Kind kind = Kind::kWhole;
  uint8_t service = 0;
};

void Append(std::string& out, const Header& header) {
  ByteWriter writer;
  writer.Number(header.bytes);
  writer.Number(header.call);
  writer.Number(header.scope);
  writer.Number(header.total);
  writer.Number(static_cast<uint8_t>(header.kind));
  writer.Number(header.service);
  writer.Number(uint16_t{0});
  out += writer.Take();
}

Header HeaderOf(std::string_view bytes) {
  ByteReader reader(bytes.substr(0, kHeaderBytes));
  Header header;
  header.bytes = reader.Number<uint32_t>();
  header.call = reader.Number<uint32_t>();
  header.scope = reader.Number<uint32_t>();
  header.total = reader.Number<uint32_t>();
  header.kind = static_cast<Kind>(reader.Number<uint8_t>());
  header.service = reader.Number<uint8_t>();
  return header;
}

Error Malformed(const char* what) {
  return Error{std::string("a frame of the store's is malformed: ") + what, {}, {}};
}

}  // namespace

void FrameWriter::Add(StoreMessage message) {
  NANO_CHECK(message.body->size() <= kMaxStoreMessage);
  if (message.body->size() > kPiece) {
    waiting_ += message.body->size();
    long_.push_back({std::move(message)});
    return;
  }
  const size_t before = short_.size();
  Append(short_, {.bytes = static_cast<uint32_t>(message.body->size()),
                  .call = message.call,
                  .scope = message.scope,
                  .service = static_cast<uint8_t>(message.service)});
  short_ += *message.body;
  waiting_ += short_.size() - before;
}

std::string_view FrameWriter::Next() {
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
    out_.swap(short_);
    if (!long_.empty()) {
      Long& first = long_.front();
      const std::string& body = *first.message.body;
      const size_t bytes = std::min(kPiece, body.size() - first.sent);
      Append(out_, {.bytes = static_cast<uint32_t>(bytes),
                    .call = first.message.call,
                    .scope = first.message.scope,
                    .total = static_cast<uint32_t>(body.size()),
                    .kind = first.sent == 0 ? Kind::kFirst : Kind::kNext,
                    .service = static_cast<uint8_t>(first.message.service)});
      out_ += std::string_view(body).substr(first.sent, bytes);
      waiting_ += kHeaderBytes;
      first.sent += bytes;
      if (first.sent == body.size()) long_.pop_front();
    }
  }
  return std::string_view(out_).substr(sent_);
}

void FrameWriter::Sent(size_t bytes) {
  sent_ += bytes;
  waiting_ -= bytes;
}

Result<void> FrameReader::Feed(std::string_view bytes, OnMessage on_message) {
  std::string joined;
  if (!rest_.empty()) {
    joined = std::move(rest_);
    joined += bytes;
    bytes = joined;
    rest_.clear();
  }
  while (bytes.size() >= kHeaderBytes) {
    const uint32_t size = HeaderOf(bytes).bytes;
    if (size > FrameWriter::kPiece) return Malformed("it is too long");
    if (bytes.size() < kHeaderBytes + size) break;
    auto message = TRY(TakeFrame(bytes.substr(0, kHeaderBytes + size)));
    bytes.remove_prefix(kHeaderBytes + size);
    if (message && !on_message(*std::move(message))) return {};
  }
  rest_ = bytes;
  return {};
}

Result<std::optional<StoreMessage>> FrameReader::TakeFrame(std::string_view frame) {
  const Header header = HeaderOf(frame);
  const std::string_view body = frame.substr(kHeaderBytes);
  StoreMessage message{.call = header.call,
                       .scope = header.scope,
                       .service = static_cast<StoreService>(header.service),
                       .body = nullptr};
  switch (header.kind) {
    case Kind::kWhole:
      message.body = std::make_shared<const std::string>(body);
      return std::optional(std::move(message));
    case Kind::kFirst:
      if (long_ || header.total > kMaxStoreMessage || body.size() >= header.total) {
        return Malformed("a long message does not begin like one");
      }
      long_ = std::move(message);
      long_total_ = header.total;
      long_body_ = std::make_shared<std::string>();
      long_body_->reserve(long_total_);
      *long_body_ += body;
      return std::optional<StoreMessage>();
    case Kind::kNext:
      if (!long_ || long_->call != header.call || header.total != long_total_ || body.empty() ||
          long_body_->size() + body.size() > long_total_) {
        return Malformed("a long message does not go on like one");
      }
      *long_body_ += body;
      if (long_body_->size() < long_total_) return std::optional<StoreMessage>();
      long_->body = std::exchange(long_body_, nullptr);
      return std::exchange(long_, std::nullopt);
  }
  return Malformed("it is of no kind");
}

}  // namespace nano::server
