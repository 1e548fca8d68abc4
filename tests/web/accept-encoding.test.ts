// Which codings a client takes (runtime/web/fetch/lazy/accept-encoding.ts), after RFC 9110, section 12.5.3.
import { accepts } from "../../runtime/web/fetch/lazy/accept-encoding.ts";
import { assert, test } from "./harness.ts";

function check(header: string | null, taken: string[], refused: string[]): void {
  for (const coding of taken) {
    assert.equal(accepts(header, coding), true, `${header} takes ${coding}`);
  }
  for (const coding of refused) {
    assert.equal(accepts(header, coding), false, `${header} does not take ${coding}`);
  }
}

test("the RFC's own examples", () => {
  check("compress, gzip", ["compress", "gzip", "identity"], ["br"]);
  check("", ["identity", ""], ["gzip", "br"]);
  check("*", ["gzip", "br", "identity"], []);
  check("compress;q=0.5, gzip;q=1.0", ["compress", "gzip", "identity"], ["zstd"]);
  check("gzip;q=1.0, identity; q=0.5, *;q=0", ["gzip", "identity"], ["br", "compress"]);
});

test("who does not say what it takes gets no coding", () => {
  check(null, ["identity", "", " identity , "], ["gzip", "br", "gzip, identity"]);
});

test("a coding is named whole, in any case, with any white space", () => {
  check("gzip", ["gzip", "GZIP", " gzip\t"], ["gzi", "gzipp", "zip", "g", "*"]);
  check("GZip , \tBR;Q=0.3", ["gzip", "br"], ["zstd"]);
  check(",, gzip ,,br,", ["gzip", "br", ""], ["zstd"]);
  check("gzip br", ["identity"], ["gzip", "br"]);
  check("not-gzip, x-br", [], ["gzip", "br"]);
  check("x-gzip", ["gzip", "x-gzip"], ["x-br"]);
  check("gzip", ["x-gzip"], []);
});

test("what weighs nothing is not taken", () => {
  for (const zero of ["q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000", "Q=0"]) {
    check(`gzip;${zero}, br`, ["br"], ["gzip", "x-gzip"]);
  }
  for (const weight of [
    "q=1",
    "q=1.",
    "q=1.0",
    "q=1.000",
    "q=0.1",
    "q=0.01",
    "q=0.001",
    "Q=0.999",
  ]) {
    check(`gzip;${weight}`, ["gzip"], ["br"]);
    check(`gzip \t; ${weight} `, ["gzip"], []);
  }
});

test("a weight that is none is not taken for one", () => {
  for (const weight of [
    ..."q= q q=a q=2 q=10 q=-1 q=+1 q=1.1 q=1.001 q=1.0000 q=0.0001 q=0.1234 q=00.5 q=.5".split(
      " ",
    ),
    ...'q=0,5 q=0.5x q=0x1 q=1e0 q=0.5;a=b a=b w=1 level=1;q=1 q="1"'.split(" "),
    "",
    "q =1",
    "q= 1",
  ]) {
    check(`gzip;${weight}`, ["identity"], ["gzip"]);
  }
});

test("a coding's own entry comes before the one for all others, wherever it stands", () => {
  check("*;q=0, gzip", ["gzip"], ["br", "identity"]);
  check("gzip, *;q=0", ["gzip"], ["br", "identity"]);
  check("*, gzip;q=0", ["br", "identity"], ["gzip", "x-gzip"]);
  check("*;q=0.1, identity;q=0", ["gzip"], ["identity", ""]);
  check("identity;q=0", [], ["identity", "gzip"]);
  check("*;q=0, identity", ["identity"], ["gzip"]);
});

test("who contradicts itself does not take it", () => {
  check("gzip, gzip;q=0, br", ["br"], ["gzip"]);
  check("gzip;q=0, x-gzip", [], ["gzip", "x-gzip"]);
  check("*;q=0, *", [], ["gzip"]);
});

test("of several codings on one another, all have to be taken", () => {
  check(
    "gzip, br",
    ["gzip, br", "br,gzip", "gzip, gzip", "identity, gzip", ",gzip,"],
    ["gzip, zstd"],
  );
  check("gzip, br;q=0", [], ["gzip, br", "br, gzip"]);
  check("gzip, identity;q=0", ["gzip, identity"], ["identity, identity"]);
  check("gzip", ["gzip, gzip, gzip, gzip, gzip"], ["gzip, gzip, gzip, gzip, gzip, gzip"]);
});

test("a long field takes no longer than its length", () => {
  const commas = ",".repeat(100_000);
  check(`${commas} gzip${commas}`, ["gzip"], ["br"]);
  check("gzip", [`${commas}gzip`], [`${commas}br`]);
});
