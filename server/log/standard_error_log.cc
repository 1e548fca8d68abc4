// A stream of glibc's whose bytes come here. See standard_error_log.h for ownership and threads.
#include "server/log/standard_error_log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace nano::server {

StandardErrorLog::StandardErrorLog(Log log, std::function<std::string_view()> app)
    : log_(std::move(log)), app_(std::move(app)), before_(stderr) {
  stream_ = fopencookie(this, "w",
                        {.read = nullptr, .write = OnWritten, .seek = nullptr, .close = nullptr});
  NANO_CHECK(stream_ != nullptr);
  // Nobody flushes it in a process that crashes.
  std::setvbuf(stream_, nullptr, _IONBF, 0);
  stderr = stream_;
}

StandardErrorLog::~StandardErrorLog() {
  stderr = before_;
  std::fclose(stream_);
  if (!begun_.empty()) Tell(begun_);
}

ssize_t StandardErrorLog::OnWritten(void* self, const char* bytes, size_t length) {
  static_cast<StandardErrorLog*>(self)->Take({bytes, length});
  return static_cast<ssize_t>(length);
}

void StandardErrorLog::Take(std::string_view bytes) {
  for (size_t end = 0; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
    begun_.append(bytes.substr(0, end));
    Tell(std::exchange(begun_, {}));
  }
  begun_.append(bytes);
}

// V8 frames what it says with number signs.
void StandardErrorLog::Tell(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
  if (line.empty()) return;
  log_.Write(LogLevel::kError, app_(), line, {{"source", "stderr"}});
}

}  // namespace nano::server
