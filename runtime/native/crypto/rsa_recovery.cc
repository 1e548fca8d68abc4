// The probabilistic method of NIST SP 800-56B, appendix C.1: d * e - 1 is a multiple of the order
// of every number modulo n, which leads to square roots of 1 other than 1 and -1; they share a
// prime with n.
#include "runtime/native/crypto/rsa_recovery.h"

#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

// Each base finds the primes with a probability of at least one half.
constexpr BN_ULONG kBases = 40;

NumberPtr NewNumber(Bytes magnitude = {}) {
  NumberPtr number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  if (number) BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

Octets ToBytes(const NumberPtr& number) {
  Octets bytes(static_cast<size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  return bytes;
}

class Recovery {
 public:
  Recovery(Bytes n, Bytes e, Bytes d)
      : n_(NewNumber(n)),
        e_(NewNumber(e)),
        d_(NewNumber(d)),
        n_minus_1_(NewNumber(n)),
        odd_(NewNumber()),
        root_(NewNumber()),
        square_(NewNumber()),
        base_(NewNumber()),
        p_(NewNumber()),
        q_(NewNumber()),
        context_(BN_CTX_secure_new()) {}

  bool FindPrimes() {
    if (!n_ || !e_ || !d_ || !n_minus_1_ || !odd_ || !root_ || !square_ || !base_ || !p_ || !q_ ||
        !context_ || BN_sub_word(n_minus_1_.get(), 1) != 1) {
      return false;
    }
    // d * e - 1 = 2^halvings * odd
    if (BN_mul(odd_.get(), d_.get(), e_.get(), context_.get()) != 1 ||
        BN_sub_word(odd_.get(), 1) != 1 || BN_is_zero(odd_.get())) {
      return false;
    }
    int halvings = 0;
    for (; !BN_is_odd(odd_.get()); ++halvings) {
      if (BN_rshift1(odd_.get(), odd_.get()) != 1) return false;
    }
    for (BN_ULONG base = 2; base < 2 + kBases; ++base) {
      switch (FindRoot(base, halvings)) {
        case Search::kFound:
          return Split();
        case Search::kTryAnother:
          break;
        case Search::kNoKey:
          return false;
      }
    }
    return false;
  }

  std::optional<RsaPrimes> Primes() {
    RsaPrimes primes{ToBytes(p_), ToBytes(q_), {}, {}, {}};
    const NumberPtr inverse(BN_mod_inverse(nullptr, q_.get(), p_.get(), context_.get()));
    if (!inverse || !Remainder(p_, primes.dp) || !Remainder(q_, primes.dq)) return std::nullopt;
    primes.qi = ToBytes(inverse);
    return primes;
  }

 private:
  enum class Search { kFound, kTryAnother, kNoKey };

  // Makes `root_` a root of 1 that is neither 1 nor -1.
  Search FindRoot(BN_ULONG base, int halvings) {
    if (BN_set_word(base_.get(), base) != 1 ||
        BN_mod_exp(root_.get(), base_.get(), odd_.get(), n_.get(), context_.get()) != 1) {
      return Search::kNoKey;
    }
    if (BN_is_one(root_.get())) return Search::kTryAnother;
    for (int i = 0; i < halvings; ++i) {
      if (BN_cmp(root_.get(), n_minus_1_.get()) == 0) return Search::kTryAnother;
      if (BN_mod_sqr(square_.get(), root_.get(), n_.get(), context_.get()) != 1) break;
      if (BN_is_one(square_.get())) return Search::kFound;
      BN_swap(root_.get(), square_.get());
    }
    // d * e - 1 is no multiple of the base's order.
    return Search::kNoKey;
  }

  // p is the larger one, as usual.
  bool Split() {
    if (BN_sub_word(root_.get(), 1) != 1 ||
        BN_gcd(p_.get(), root_.get(), n_.get(), context_.get()) != 1 ||
        BN_div(q_.get(), square_.get(), n_.get(), p_.get(), context_.get()) != 1 ||
        !BN_is_zero(square_.get())) {
      return false;
    }
    if (BN_cmp(p_.get(), q_.get()) < 0) BN_swap(p_.get(), q_.get());
    return !BN_is_one(q_.get());
  }

  // d mod (prime - 1)
  bool Remainder(const NumberPtr& prime, Octets& remainder) {
    const NumberPtr computed = NewNumber();
    if (!computed || BN_copy(square_.get(), prime.get()) == nullptr ||
        BN_sub_word(square_.get(), 1) != 1 ||
        BN_mod(computed.get(), d_.get(), square_.get(), context_.get()) != 1) {
      return false;
    }
    remainder = ToBytes(computed);
    return true;
  }

  const NumberPtr n_, e_, d_;
  const NumberPtr n_minus_1_, odd_, root_, square_, base_, p_, q_;
  const NumberContextPtr context_;
};

}  // namespace

std::optional<RsaPrimes> RecoverRsaPrimes(Bytes n, Bytes e, Bytes d) {
  // Otherwise this could take long.
  if (!CheckRsaPublicKey({n, e, {}, {}, {}, {}, {}, {}}).ok() || BitLength(d) > BitLength(n)) {
    return std::nullopt;
  }
  const ErrorScope errors;
  Recovery recovery(n, e, d);
  if (!recovery.FindPrimes()) return std::nullopt;
  return recovery.Primes();
}

}  // namespace nano::runtime
