// Where a TRY leaks, in pieces of code that look much the same.
#include "tests/unit/layers/code.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

namespace nano::layers {
namespace {

bool Leaks(std::string_view text) { return !LeakingTries(CodeOf(text)).empty(); }

}  // namespace

TEST_CASE("a TRY in an initialiser or after new is found") {
  CHECK(Leaks("Result<A> F() { A a{TRY(B()), C()}; return a; }"));
  CHECK(Leaks("Result<A> F() { return A{.b = x, .c = TRY(C())}; }"));
  CHECK(Leaks("Result<A> F() { A a = {x, Moved(TRY(C()))}; return a; }"));
  CHECK(Leaks("Result<A> F() { Take({x, {TRY(C())}}); return a; }"));
  CHECK(Leaks("Result<void> F() { a.reset(new A(TRY(B()))); return {}; }"));
  CHECK(Leaks("Result<void> F() { a = new n::A<B<C>>(x, G(TRY(B()))); return {}; }"));
  CHECK(Leaks("Result<void> F() { a = new A{TRY(B())}; return {}; }"));
  CHECK(LeakingTries("\nA a{TRY(B()),\n  TRY(C())};") == std::vector<int>{2, 3});
}

TEST_CASE("a TRY in a statement is not") {
  CHECK_FALSE(Leaks("Result<A> F() { return TRY(B()); }"));
  CHECK_FALSE(Leaks("Result<A> F() { A a(TRY(B()), x); return a; }"));
  CHECK_FALSE(Leaks("Result<A> F() { if (TRY(B())) { TRY(C()); } return {}; }"));
  CHECK_FALSE(Leaks("Result<A> F() { for (auto& a : TRY(B())) { Use(a); } return A{b, c}; }"));
  CHECK_FALSE(Leaks("Result<A> F() { A a{[&]() -> Result<B> { return TRY(B()); }()}; return a; }"));
  CHECK_FALSE(Leaks("auto F() { return std::make_unique<A>(TRY(B())); }"));
  CHECK_FALSE(Leaks("auto F() { A* a = new A(b); TRY(a->G()); }"));
}

TEST_CASE("comments, literals and macros are no code") {
  CHECK_FALSE(Leaks("// A a{TRY(B())};\n/* A a{TRY(B())}; */"));
  CHECK_FALSE(Leaks("auto a = \"A a{TRY(\\\"B())}\";"));
  CHECK_FALSE(Leaks("auto a = R\"x({TRY(B())})x\";"));
  CHECK_FALSE(Leaks("#define A(x) \\\n  {TRY(x)}\n"));
  CHECK(Leaks("int n = 1'000; char c = '{'; A a{TRY(B())};"));
  CHECK(CodeOf("a // b\nc") == "a     \nc");
}

}  // namespace nano::layers
