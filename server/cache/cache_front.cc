// Which copies there are. See cache_front.h for ownership and threads.
#include "server/cache/cache_front.h"

#include <algorithm>

namespace nano::server {
namespace {

std::string TextOf(std::string_view app, std::string_view key) {
  return std::string(app).append("\n").append(key);
}

// With what the tables and the allocator take.
size_t SizeOf(const CacheFront::Copy& copy) {
  return 256 + sizeof copy + copy.text.size() + copy.status_text.size() + copy.fields.size() +
         copy.body.size();
}

bool IsOf(const std::string& text, std::string_view app, std::string_view key) {
  return text.size() == app.size() + 1 + key.size() && text.starts_with(app) &&
         std::string_view(text).substr(app.size() + 1) == key;
}

}  // namespace

std::unique_ptr<CacheFront> CacheFront::Of(cache::Epochs* epochs, size_t bytes) {
  if (epochs == nullptr) return nullptr;
  epochs->Seal();
  return std::make_unique<CacheFront>(*epochs, bytes);
}

CacheFront::Place CacheFront::PlaceOf(std::string_view app, std::string_view key) const {
  const cache::EntryKey place = cache::CopyKeyOf(app, key);
  return {.key = place, .epoch = epochs_.At(place)};
}

std::shared_ptr<const CacheFront::Copy> CacheFront::Find(const Place& place, std::string_view app,
                                                         std::string_view key, int64_t now) {
  const std::shared_ptr<const Copy>* const found = copies_.Use(place.key);
  if (found == nullptr) return nullptr;
  const Copy& copy = **found;
  if (copy.epoch == place.epoch && copy.until > now && IsOf(copy.text, app, key)) return *found;
  Drop(place.key);
  return nullptr;
}

void CacheFront::Keep(const Place& place, std::string_view app, std::string_view key,
                      const cache::Answer& found, int64_t now) {
  auto copy = std::make_shared<const Copy>(Copy{.text = TextOf(app, key),
                                                .epoch = place.epoch,
                                                .until = std::min(found.expires, now + kLongest),
                                                .status = found.status,
                                                .status_text = std::string(found.status_text),
                                                .fields = std::string(found.fields),
                                                .body = std::string(found.bytes),
                                                .born = found.born});
  const size_t size = SizeOf(*copy);
  if (size > most_ / 4) return;
  Drop(place.key);
  while (bytes_ + size > most_) bytes_ -= SizeOf(*copies_.Evict().second);
  bytes_ += size;
  copies_.Add(place.key, std::move(copy));
}

void CacheFront::Drop(const cache::EntryKey& key) {
  if (const auto copy = copies_.Take(key)) bytes_ -= SizeOf(**copy);
}

}  // namespace nano::server
