// Content codings: each by itself and in chains, cut off, damaged, with more behind them, and where there is
// nothing to decode.

import zlib from "node:zlib";
import { CHUNKED, FIN, OK, type Behaviour, type Step } from "./behaviour.ts";

const TEXT = "some text that is long enough to be worth it, ".repeat(20);
const EMPTY = Buffer.alloc(0);

const encoders: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
};
const encode = (coding: string, bytes: Uint8Array | string = TEXT) =>
  encoders[coding](Buffer.from(bytes as string));

const response = (coding: string, bytes: Uint8Array): Step[] => [
  `${OK}Content-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  bytes,
];
const coded = (name: string, coding: string, bytes: Uint8Array): Behaviour => ({
  name,
  answer: response(coding, bytes),
});
const damaged = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at] ^= 0x55;
  return copy;
};

const each: Behaviour[] = Object.keys(encoders).flatMap((coding) => {
  const bytes = encode(coding);
  const middle = bytes.length >> 1;
  return [
    coded(coding, coding, bytes),
    coded(`${coding}, of nothing`, coding, encode(coding, EMPTY)),
    coded(`${coding}, an empty body`, coding, EMPTY),
    coded(`${coding}, cut off`, coding, bytes.subarray(0, middle)),
    coded(`${coding}, cut off before its last byte`, coding, bytes.subarray(0, -1)),
    coded(`${coding}, damaged at its first byte`, coding, damaged(bytes, 0)),
    coded(`${coding}, damaged in the middle`, coding, damaged(bytes, middle)),
    coded(`${coding}, damaged at its last byte`, coding, damaged(bytes, -1)),
    coded(
      `${coding}, with garbage behind it`,
      coding,
      Buffer.concat([bytes, Buffer.from("garbage")]),
    ),
    coded(`${coding}, with zeros behind it`, coding, Buffer.concat([bytes, Buffer.alloc(8)])),
    coded(`${coding}, twice`, coding, Buffer.concat([bytes, encode(coding, "more")])),
    coded(`${coding}, of text that is not`, coding, Buffer.from("not coded at all")),
    {
      name: `${coding} until the connection's end`,
      answer: [`${OK}Content-Encoding: ${coding}\r\n\r\n`, bytes, FIN],
    },
    {
      name: `${coding} in chunks`,
      answer: [
        `${CHUNKED.slice(0, -2)}Content-Encoding: ${coding}\r\n\r\n`,
        ...[...bytes].flatMap((byte) => ["1\r\n", Uint8Array.of(byte), "\r\n"]),
        "0\r\n\r\n",
      ],
    },
    {
      name: `${coding}, and the connection ends within it`,
      answer: [
        `${OK}Content-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
        bytes.subarray(0, middle),
        FIN,
      ],
    },
    {
      name: `${coding}, HEAD`,
      method: "HEAD",
      answer: `${OK}Content-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    },
    {
      name: `${coding}, 204`,
      answer: `HTTP/1.1 204 No Content\r\nContent-Encoding: ${coding}\r\n\r\n`,
    },
    {
      name: `${coding}, 304`,
      answer: `HTTP/1.1 304 Not Modified\r\nContent-Encoding: ${coding}\r\n\r\n`,
    },
    coded(`${coding}, 1 MB`, coding, encode(coding, "0123456789abcdef".repeat(65536))),
  ];
});

/** Coded by the first, then by the second, and so on, as the field lists them. */
const chain = (list: string, name = list): Behaviour => {
  let bytes: Uint8Array = Buffer.from(TEXT);
  for (const coding of list.split(", ")) if (coding !== "identity") bytes = encode(coding, bytes);
  return coded(name, list, bytes);
};

const others: Behaviour[] = [
  chain("gzip, gzip"),
  chain("gzip, br"),
  chain("br, gzip"),
  chain("deflate, gzip, br, zstd"),
  chain("identity, gzip"),
  chain("gzip, identity"),
  chain(Array(5).fill("gzip").join(", "), "five codings"),
  chain(Array(6).fill("gzip").join(", "), "six codings"),
  chain(Array(20).fill("gzip").join(", "), "twenty codings"),
  {
    name: "codings in two fields",
    answer: [
      `${OK}Content-Encoding: gzip\r\nContent-Encoding: br\r\nContent-Length: ${encode("br", encode("gzip")).length}\r\n\r\n`,
      encode("br", encode("gzip")),
    ],
  },
  coded("x-gzip", "x-gzip", encode("gzip")),
  coded("GZIP", "GZIP", encode("gzip")),
  coded("spaces around gzip", "  gzip  ", encode("gzip")),
  coded("commas around gzip", ",gzip,", encode("gzip")),
  coded("deflate without its head and tail", "deflate", zlib.deflateRawSync(TEXT)),
  coded("deflate without them, damaged", "deflate", damaged(zlib.deflateRawSync(TEXT), 20)),
  coded("deflate that is gzip", "deflate", encode("gzip")),
  coded("gzip that is deflate", "gzip", encode("deflate")),
  coded(
    "gzip with a name in its head",
    "gzip",
    Buffer.concat([
      Buffer.from("1f8b0808000000000003612e74787400", "hex"),
      encode("gzip").subarray(10),
    ]),
  ),
  coded("identity", "identity", Buffer.from(TEXT)),
  coded("an empty coding", "", Buffer.from(TEXT)),
  coded("none", "none", Buffer.from(TEXT)),
  coded("an unknown coding", "frobnicate", Buffer.from(TEXT)),
  coded("an unknown coding and gzip", "frobnicate, gzip", encode("gzip")),
  coded("compress", "compress", Buffer.from(TEXT)),
  coded(
    "zstd with an empty frame before it",
    "zstd",
    Buffer.concat([encode("zstd", EMPTY), encode("zstd")]),
  ),
  coded(
    "zstd with a frame to skip before it",
    "zstd",
    Buffer.concat([Buffer.from("502a4d1804000000", "hex"), Buffer.from("skip"), encode("zstd")]),
  ),
];

export const codings: Behaviour[] = [...each, ...others];
