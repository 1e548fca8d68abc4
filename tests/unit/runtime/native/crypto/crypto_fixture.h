// What the tests of runtime/native/crypto/ share: bytes from text, and the keys of RFCs.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/native/crypto/octets.h"
#include "runtime/native/crypto/rsa_key.h"

namespace nano::runtime::testing {

// The bytes of hexadecimal digits; blanks are skipped.
inline Octets Hex(std::string_view digits) {
  Octets bytes;
  int half = -1;
  for (const char digit : digits) {
    if (digit == ' ' || digit == '\n') continue;
    const int value = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
    REQUIRE((value >= 0 && value < 16));
    if (half < 0) {
      half = value;
    } else {
      bytes.push_back(static_cast<uint8_t>(half << 4 | value));
      half = -1;
    }
  }
  REQUIRE(half < 0);
  return bytes;
}

// The bytes of base64url without padding.
inline Octets Base64Url(std::string_view text) {
  Octets bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const size_t value = kAlphabet.find(c);
    REQUIRE(value != std::string_view::npos);
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  return bytes;
}

inline Octets Text(std::string_view text) { return Octets(text.begin(), text.end()); }

inline Octets Joined(std::initializer_list<Bytes> parts) {
  Octets all;
  for (const Bytes part : parts) Append(all, part);
  return all;
}

// The value of a result that has to be one.
template <typename T>
T Good(nano::Result<T> result) {
  if (!result.ok()) FAIL(result.error().message);
  return std::move(result).value();
}

// What is wrong with key data that have to be refused.
template <typename T>
std::string Refused(const nano::Result<T>& result) {
  if (result.ok()) return "(accepted)";
  return result.error().message;
}

// The RSA key of RFC 7515, appendix A.2.
struct RfcRsaKey {
  Octets n = Base64Url(
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
      "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
      "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
      "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ");
  Octets e = Base64Url("AQAB");
  Octets d = Base64Url(
      "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXO"
      "oAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51"
      "gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3c"
      "cPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ");
  Octets p = Base64Url(
      "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5P"
      "JdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc");
  Octets q = Base64Url(
      "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZ"
      "D_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc");
  Octets dp = Base64Url(
      "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R"
      "6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0");
  Octets dq = Base64Url(
      "h_96-mK1R_"
      "7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaH"
      "F-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU");
  Octets qi = Base64Url(
      "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7Y"
      "IBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U");

  RsaNumbers PublicNumbers() const { return {n, e, {}, {}, {}, {}, {}, {}}; }
  RsaNumbers PrivateNumbers() const { return {n, e, d, p, q, dp, dq, qi}; }
};

}  // namespace nano::runtime::testing
