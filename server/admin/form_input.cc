// Parts to where they belong.
#include "server/admin/form_input.h"

#include <utility>

#include "config/yaml/units.h"

namespace nano::server::admin {

std::optional<Reply> ReadObject(std::string_view text, std::string_view what, Json& out) {
  Result<Json> value = Json::Parse(text);
  if (!value.ok()) {
    return Problem(Wrong::kMalformed,
                   std::string(what) + ", " + value.error().where + ": " + value.error().message);
  }
  if (value->object() == nullptr) {
    return Problem(Wrong::kMalformed, std::string(what) + ": it has to be a JSON object");
  }
  out = std::move(value).value();
  return std::nullopt;
}

FormInput::FormInput(std::string_view boundary, std::string folder, uint64_t most)
    : folder_(std::move(folder)), most_(most), reader_(boundary, *this) {}

Error FormInput::Refuse(Wrong wrong, const std::string& detail) {
  refusal_ = Problem(wrong, detail);
  return {detail, "", ""};
}

Error FormInput::CannotStore(const Error& error) {
  const bool full = upload_.has_value() && upload_->out_of_space();
  return Refuse(full ? Wrong::kNoSpace : Wrong::kFailed,
                "The snapshot cannot be stored: " + error.where + ": " + error.message);
}

std::optional<Reply> FormInput::Failure(const Result<void>& result) {
  if (result.ok()) return std::nullopt;
  if (refusal_.has_value()) return refusal_;
  return Problem(Wrong::kMalformed, result.error().message);
}

std::optional<Reply> FormInput::Read(std::string_view bytes) {
  return Failure(reader_.Read(bytes));
}

Result<void> FormInput::OnPart(const std::string& name) {
  if (name == "snapshot") {
    part_ = Part::kSnapshot;
    if (upload_.has_value()) return Refuse(Wrong::kMalformed, "The form has two snapshots.");
    const Result<void> opened = upload_.emplace().Open(folder_);
    if (!opened.ok()) return CannotStore(opened.error());
  } else if (name == "config") {
    part_ = Part::kConfig;
    if (config_.has_value()) return Refuse(Wrong::kMalformed, "The form has two configs.");
    config_.emplace();
  } else {
    return Refuse(Wrong::kMalformed,
                  "The form has a part of another name than `snapshot` and `config`.");
  }
  return {};
}

Result<void> FormInput::OnData(std::string_view bytes) {
  if (part_ == Part::kConfig) {
    if (config_->size() + bytes.size() > kMaxConfig) {
      return Refuse(Wrong::kTooLarge,
                    "`config` can have " + config::FormatSize(kMaxConfig) + " at most.");
    }
    config_->append(bytes);
    return {};
  }
  if (upload_->bytes() + bytes.size() > most_) {
    return Refuse(Wrong::kTooLarge, "A snapshot can have " + config::FormatSize(most_) +
                                        " at most here (server.admin.max_upload of nano.yaml).");
  }
  const Result<void> written = upload_->Write(bytes);
  if (!written.ok()) return CannotStore(written.error());
  return {};
}

Result<void> FormInput::OnPartEnd() {
  if (part_ != Part::kSnapshot) return {};
  if (upload_->bytes() == 0) return Refuse(Wrong::kMalformed, "The snapshot is empty.");
  Result<UploadedFile> whole = upload_->Finish();
  if (!whole.ok()) return CannotStore(whole.error());
  snapshot_ = std::move(whole).value();
  return {};
}

std::optional<Reply> FormInput::Finish(Input& input) {
  if (std::optional<Reply> failure = Failure(reader_.End())) return failure;
  if (!snapshot_.has_value() && !config_.has_value()) {
    return Problem(Wrong::kMalformed, "The form has neither `snapshot` nor `config`.");
  }
  if (snapshot_.has_value()) summary_ = snapshot_->digest();
  summary_ += '\n';
  if (config_.has_value()) {
    summary_ += *config_;
    if (std::optional<Reply> wrong = ReadObject(*config_, "config", input.config.emplace())) {
      return wrong;
    }
  }
  input.snapshot = std::move(snapshot_);
  return std::nullopt;
}

}  // namespace nano::server::admin
