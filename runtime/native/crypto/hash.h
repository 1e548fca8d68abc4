// The hash functions of Web Cryptography. Thread: any.
#pragma once

using EVP_MD = struct evp_md_st;  // As openssl/types.h has it.

namespace nano::runtime {

// The numbers are those of SubtleHash in runtime/web/host/subtle-ops.ts.
enum class Hash { kSha1 = 0, kSha256 = 1, kSha384 = 2, kSha512 = 3 };

// Fetched once for the process, which is what makes them cheap to use. Never null.
const EVP_MD* HashFunction(Hash hash);

}  // namespace nano::runtime
