// esbuild's messages in NANO's words: where, our own code frame, what to do. Owns nothing; reads
// the source files. Thread: any.
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/bundle/esbuild_log.h"

namespace nano::compiler {

// `directory` is the one that esbuild ran in; `color` is for the code frames.
Error ExplainBundleMessage(const EsbuildMessage& message, const std::string& directory, bool color);

}  // namespace nano::compiler
