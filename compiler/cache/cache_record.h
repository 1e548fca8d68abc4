// An entry of the build cache as text: the inputs of a build, and what is to be told of it. Owns
// its values. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compiler/cache/inputs.h"
#include "compiler/report/app_result.h"

namespace nano::compiler {

struct CacheRecord {
  Inputs inputs;
  // How places in messages looked; empty if nothing is told that has some.
  std::string appearance;
};

std::string EncodeRecord(const CacheRecord& record, const AppResult& result);

// The two parts apart: the second one is needed only if the first one says so. None, and false, if
// the text is not one that EncodeRecord made.
std::optional<CacheRecord> DecodeRecord(std::string_view text);
std::optional<AppResult> DecodeRecordedResult(std::string_view text);

// SHA-256 over all of the inputs, in hex.
std::string DigestOf(const Inputs& inputs);

}  // namespace nano::compiler
