// AES by OpenSSL.
#include "runtime/native/crypto/aes.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

#include "base/check.h"
#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;

// OpenSSL counts bytes in an int; multiples of the block keep the modes' state simple.
constexpr size_t kMostOfOneCall = INT_MAX - INT_MAX % kAesBlock;

enum Mode { kGcm, kCbc, kCtr, kWrap, kModes };

// Fetched once for the process, which is what makes them cheap to use. Null for a key that is none
// of AES's.
const EVP_CIPHER* CipherFor(Mode mode, Bytes key) {
  static const auto ciphers = [] {
    constexpr std::array<std::array<const char*, 3>, kModes> kNames = {{
        {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"},
        {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"},
        {"AES-128-CTR", "AES-192-CTR", "AES-256-CTR"},
        {"AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP"},
    }};
    std::array<std::array<const EVP_CIPHER*, 3>, kModes> fetched{};
    for (size_t i = 0; i < kModes; ++i) {
      for (size_t j = 0; j < 3; ++j) {
        fetched[i][j] = EVP_CIPHER_fetch(nullptr, kNames[i][j], nullptr);
        NANO_CHECK(fetched[i][j] != nullptr);
      }
    }
    return fetched;
  }();
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) return nullptr;
  return ciphers[mode][(key.size() - 16) / 8];
}

// Feeds `input`, however long, and adds what comes out to `written`.
bool Update(EVP_CIPHER_CTX* context, Bytes input, uint8_t* output, size_t& written) {
  while (!input.empty()) {
    const size_t size = std::min(input.size(), kMostOfOneCall);
    int out = 0;
    if (EVP_CipherUpdate(context, output == nullptr ? nullptr : output + written, &out,
                         input.data(), static_cast<int>(size)) != 1) {
      return false;
    }
    written += static_cast<size_t>(out);
    input = input.subspan(size);
  }
  return true;
}

bool Initialise(EVP_CIPHER_CTX* context, Mode mode, Direction direction, Bytes key,
                const uint8_t* iv, const OSSL_PARAM* parameters = nullptr) {
  const EVP_CIPHER* cipher = CipherFor(mode, key);
  return cipher != nullptr && EVP_CipherInit_ex2(context, cipher, key.data(), iv,
                                                 direction == Direction::kEncrypt, parameters) == 1;
}

using Block = std::array<uint8_t, kAesBlock>;

// How many blocks can be encrypted until the counter, the block's last `bits`, is 0 again; the
// type's greatest number stands for itself and what is beyond.
uint64_t BlocksUntilWrap(const Block& block, unsigned bits) {
  constexpr uint64_t kMany = ~uint64_t{0};
  uint64_t high = 0;
  uint64_t low = 0;
  for (size_t i = 0; i < 8; ++i) {
    high = high << 8 | block[i];
    low = low << 8 | block[i + 8];
  }
  if (bits < 64) return (uint64_t{1} << bits) - (low & ((uint64_t{1} << bits) - 1));
  const unsigned high_bits = bits - 64;
  const uint64_t mask = high_bits == 64 ? kMany : (uint64_t{1} << high_bits) - 1;
  // 2^bits - counter is below 2^64 only if all of the high bits are ones, and low is not 0.
  return (high & mask) != mask || low == 0 ? kMany : 0 - low;
}

void ClearCounter(Block& block, unsigned bits) {
  for (size_t i = kAesBlock; i-- > 0 && bits > 0;) {
    const unsigned of_byte = std::min(bits, 8u);
    block[i] &= static_cast<uint8_t>(0xFF << of_byte);
    bits -= of_byte;
  }
}

bool CtrPart(Bytes key, const Block& counter, Bytes data, uint8_t* output) {
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  size_t written = 0;
  return context != nullptr &&
         Initialise(context.get(), kCtr, Direction::kEncrypt, key, counter.data()) &&
         Update(context.get(), data, output, written);
}

}  // namespace

std::optional<size_t> AesGcm(Direction direction, const GcmParameters& parameters, Bytes data,
                             uint8_t* output) {
  constexpr uint64_t kMostText = (uint64_t{1} << 36) - 32;  // Section 5.2.1.1.
  const ErrorScope errors;
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  const auto& [key, iv, additional, tag_size] = parameters;
  const bool encrypt = direction == Direction::kEncrypt;
  if (context == nullptr || iv.empty() || tag_size > kAesBlock ||
      (!encrypt && data.size() < tag_size)) {
    return {};
  }
  const Bytes text = encrypt ? data : data.first(data.size() - tag_size);
  if (text.size() > kMostText) return {};

  size_t iv_size = iv.size();
  const std::array settings = {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_IVLEN, &iv_size),
                               OSSL_PARAM_construct_end()};
  if (!Initialise(context.get(), kGcm, direction, key, nullptr, settings.data()) ||
      EVP_CipherInit_ex2(context.get(), nullptr, nullptr, iv.data(), encrypt, nullptr) != 1) {
    return {};
  }
  const auto tag_length = static_cast<int>(tag_size);
  if (!encrypt) {
    auto* tag = const_cast<uint8_t*>(data.data()) + text.size();  // OpenSSL only reads it.
    if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_length, tag) != 1) return {};
  }
  size_t ignored = 0;
  size_t written = 0;
  int rest = 0;
  Block none;  // GCM has nothing left to write at the end.
  if (!Update(context.get(), additional, nullptr, ignored) ||
      !Update(context.get(), text, output, written) ||
      EVP_CipherFinal_ex(context.get(), none.data(), &rest) != 1) {
    return {};
  }
  if (!encrypt) return written;
  if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_length, output + written) !=
      1) {
    return {};
  }
  return written + tag_size;
}

std::optional<size_t> AesCbc(Direction direction, Bytes key, Bytes iv, Bytes data,
                             uint8_t* output) {
  const ErrorScope errors;
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  size_t written = 0;
  int rest = 0;
  // The padding is what EVP does unless it is told otherwise.
  if (context == nullptr || iv.size() != kAesBlock ||
      !Initialise(context.get(), kCbc, direction, key, iv.data()) ||
      !Update(context.get(), data, output, written) ||
      EVP_CipherFinal_ex(context.get(), output + written, &rest) != 1) {
    return {};
  }
  return written + static_cast<size_t>(rest);
}

std::optional<size_t> AesCtr(Bytes key, Bytes counter, unsigned counter_bits, Bytes data,
                             uint8_t* output) {
  const ErrorScope errors;
  if (counter.size() != kAesBlock || counter_bits == 0 || counter_bits > 128) return {};
  const uint64_t blocks = (uint64_t{data.size()} + kAesBlock - 1) / kAesBlock;
  // A counter that is used twice would give the plaintext away.
  if (counter_bits < 64 && blocks > uint64_t{1} << counter_bits) return {};
  Block block;
  std::copy(counter.begin(), counter.end(), block.begin());
  const uint64_t first = std::min(blocks, BlocksUntilWrap(block, counter_bits));
  const size_t wrap = first == blocks ? data.size() : static_cast<size_t>(first) * kAesBlock;
  if (!CtrPart(key, block, data.first(wrap), output)) return {};
  if (wrap < data.size()) {
    // OpenSSL would carry into the part of the block that is no counter.
    ClearCounter(block, counter_bits);
    if (!CtrPart(key, block, data.subspan(wrap), output + wrap)) return {};
  }
  return data.size();
}

std::optional<size_t> AesKeyWrap(Direction direction, Bytes key, Bytes data, uint8_t* output) {
  constexpr size_t kHalfBlock = 8;
  const ErrorScope errors;
  const size_t least = direction == Direction::kEncrypt ? kAesBlock : kAesBlock + kHalfBlock;
  if (data.size() % kHalfBlock != 0 || data.size() < least || data.size() > kMostOfOneCall) {
    return {};
  }
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return {};
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int written = 0;
  if (!Initialise(context.get(), kWrap, direction, key, nullptr) ||
      EVP_CipherUpdate(context.get(), output, &written, data.data(),
                       static_cast<int>(data.size())) != 1 ||
      written <= 0) {
    return {};
  }
  return static_cast<size_t>(written);
}

}  // namespace nano::runtime
