// The form that a deployment is sent as: the parts `snapshot`, which goes to disk, and `config`,
// which is read.
//
// Owns what it has of both. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/admin/multipart.h"
#include "server/admin/reply.h"
#include "server/admin/route.h"
#include "server/admin/upload.h"

namespace nano::server::admin {

class FormInput final : private MultipartReader::Parts {
 public:
  static constexpr size_t kMaxConfig = 1024 * 1024;

  FormInput(std::string_view boundary, std::string folder, uint64_t most);
  FormInput(const FormInput&) = delete;
  FormInput& operator=(const FormInput&) = delete;

  // The next bytes. A reply is what is wrong; then the form is of no more use.
  std::optional<Reply> Read(std::string_view bytes);
  // There are no more: gives `input` what has come.
  std::optional<Reply> Finish(Input& input);

  // What tells two forms apart, whatever their boundaries. After Finish.
  const std::string& summary() const { return summary_; }

 private:
  enum class Part { kNone, kSnapshot, kConfig };

  Result<void> OnPart(const std::string& name) override;
  Result<void> OnData(std::string_view bytes) override;
  Result<void> OnPartEnd() override;

  Error Refuse(Wrong wrong, const std::string& detail);
  Error CannotStore(const Error& error);
  // What Refuse has kept, or what the reader found.
  std::optional<Reply> Failure(const Result<void>& result);

  const std::string folder_;
  const uint64_t most_;
  MultipartReader reader_;
  Part part_ = Part::kNone;
  std::optional<SnapshotUpload> upload_;
  std::optional<UploadedFile> snapshot_;
  std::optional<std::string> config_;
  std::optional<Reply> refusal_;
  std::string summary_;
};

// A body, or a part of one, that has to be a JSON object: gives it to `out`.
std::optional<Reply> ReadObject(std::string_view text, std::string_view what, Json& out);

}  // namespace nano::server::admin
