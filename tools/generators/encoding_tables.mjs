// Writes the mapping tables of the Encoding Standard's legacy encodings as C++ arrays, for
// runtime/native/encoding/legacy_tables.h. Runs on the engine when NANO is built:
//
//   node encoding_tables.mjs OUTPUT
//
// The indexes (Encoding Standard, section 5) come with the package @exodus/bytes, compressed for its own
// decoders. They are read out by its documented interface: every byte sequence that has a place in an
// index is decoded once.
import { writeFileSync } from "node:fs";
import { createMultibyteDecoder } from "@exodus/bytes/multi-byte.js";
import { createSinglebyteDecoder } from "@exodus/bytes/single-byte.js";

const SINGLE_BYTE = (
  "ibm866 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 " +
  "iso-8859-8-i iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u " +
  "macintosh windows-874 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 " +
  "windows-1255 windows-1256 windows-1257 windows-1258 x-mac-cyrillic x-user-defined"
).split(" ");

const UNMAPPED = 0xfffd;

function check(condition, problem) {
  if (!condition) throw new Error(`the tables of @exodus/bytes are not as expected: ${problem}`);
}

/** The code point that a byte sequence stands for; 0 if it stands for none. */
function decodeOne(decode, bytes) {
  const text = decode(new Uint8Array(bytes));
  const code = text.codePointAt(0);
  return code === UNMAPPED || text.length !== String.fromCodePoint(code).length ? 0 : code;
}

/** An index of two-byte sequences, by pointer. */
function readIndex(encoding, leads, trails, prefix = []) {
  const decode = createMultibyteDecoder(encoding, true);
  return leads.flatMap((lead) =>
    trails.map((trail) => decodeOne(decode, [...prefix, lead, trail])),
  );
}

/** The whole numbers of some ranges, ends included. */
function numbers(...ranges) {
  return ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
}

/** "Index gb18030 ranges" as runs: where pointers and code points begin to go up in step. */
function readGb18030Ranges() {
  const decode = createMultibyteDecoder("gb18030", true);
  const runs = [];
  let next = -1;
  for (let pointer = 0; pointer <= 39419; pointer++) {
    const bytes = [
      0x81 + Math.floor(pointer / 12600),
      0x30 + (Math.floor(pointer / 1260) % 10),
      0x81 + (Math.floor(pointer / 10) % 126),
      0x30 + (pointer % 10),
    ];
    const text = decode(new Uint8Array(bytes));
    const code = text.charCodeAt(0);
    check(text.length === 1, `pointer ${pointer} of gb18030`);
    if (code !== next) runs.push(pointer, code);
    next = code + 1;
  }
  return runs;
}

function define(type, name, values) {
  const lines = [];
  for (let i = 0; i < values.length; i += 16) lines.push(values.slice(i, i + 16).join(","));
  return `constexpr ${type} ${name}[${values.length}] = {\n${lines.join(",\n")}};\n`;
}

const kana = numbers([0x81, 0x9f], [0xe0, 0xfc]);
const single = SINGLE_BYTE.flatMap((encoding) => {
  const decode = createSinglebyteDecoder(encoding, true);
  return numbers([0x80, 0xff]).map((byte) => decode(new Uint8Array([byte])).charCodeAt(0));
});
const indexes = {
  kJis0208: readIndex("shift_jis", kana, numbers([0x40, 0x7e], [0x80, 0xfc])),
  kJis0212: readIndex("euc-jp", numbers([0xa1, 0xfe]), numbers([0xa1, 0xfe]), [0x8f]),
  kEucKr: readIndex("euc-kr", numbers([0x81, 0xfe]), numbers([0x41, 0xfe])),
  kGb18030: readIndex("gb18030", numbers([0x81, 0xfe]), numbers([0x40, 0x7e], [0x80, 0xfe])),
};
const big5 = readIndex("big5", numbers([0x81, 0xfe]), numbers([0x40, 0x7e], [0xa1, 0xfe]));

// One code point of each, and how many there are (Encoding Standard, section 5: the index files).
const mapped = (table) => table.filter((code) => code !== 0).length;
check(single[SINGLE_BYTE.indexOf("windows-1252") * 128] === 0x20ac, "windows-1252");
check(indexes.kJis0208[0] === 0x3000, "jis0208");
check(indexes.kJis0212[108] === 0x2d8 && mapped(indexes.kJis0212) === 6067, "jis0212");
check(indexes.kEucKr[0] === 0xac02 && mapped(indexes.kEucKr) === 17048, "euc-kr");
check(indexes.kGb18030[0] === 0x4e02 && mapped(indexes.kGb18030) === 23940, "gb18030");
check(big5[942] === 0x43f0 && Math.max(...big5) <= 0x2ffff, "big5");
const planes = big5.map((code) => code >> 16);
check(
  planes.every((plane) => plane === 0 || plane === 2),
  "planes of big5",
);
const bits = [];
for (let i = 0; i < planes.length; i += 8) {
  bits.push(planes.slice(i, i + 8).reduce((byte, plane, bit) => byte | ((plane >> 1) << bit), 0));
}

writeFileSync(
  process.argv[2],
  define(
    "std::string_view",
    "kSingleByteNames",
    SINGLE_BYTE.map((name) => JSON.stringify(name)),
  ) +
    define("char16_t", "kSingleByte", single) +
    Object.entries(indexes)
      .map(([name, table]) => define("char16_t", name, table))
      .join("") +
    define(
      "char16_t",
      "kBig5",
      big5.map((code) => code & 0xffff),
    ) +
    define("uint8_t", "kBig5Plane2", bits) +
    define("uint16_t", "kGb18030Ranges", readGb18030Ranges()),
);
