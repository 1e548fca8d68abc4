// Where a body ends: lengths, chunks, the connection's end, and responses that have none.

import { CHUNKED, FIN, OK, sized, type Behaviour } from "./behaviour.ts";

const length = (value: string, body: string) => `${OK}Content-Length: ${value}\r\n\r\n${body}`;

const lengths: Behaviour[] = [
  { name: "a length of 0", answer: sized("") },
  { name: "leading zeros in a length", answer: length("0002", "ok") },
  { name: "spaces around a length", answer: length(" 2 ", "ok") },
  {
    name: "the same length twice",
    answer: [`${OK}Content-Length: 2\r\n${sized("ok").slice(17)}`, FIN],
  },
  { name: "two lengths", answer: [`${OK}Content-Length: 3\r\n${sized("ok").slice(17)}`, FIN] },
  {
    name: "two lengths, the shorter one first",
    answer: [`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nok`, FIN],
  },
  { name: "a list of the same length", answer: [length("2, 2", "ok"), FIN] },
  { name: "a list of lengths", answer: [length("2, 3", "ok"), FIN] },
  { name: "an empty length", answer: [length("", "ok"), FIN] },
  { name: "a negative length", answer: [length("-2", "ok"), FIN] },
  { name: "a length with a sign", answer: [length("+2", "ok"), FIN] },
  { name: "a length in hexadecimal", answer: [length("0x2", "ok"), FIN] },
  { name: "a length with a fraction", answer: [length("2.0", "ok"), FIN] },
  { name: "a length with an exponent", answer: [length("2e0", "ok"), FIN] },
  { name: "a length with words behind it", answer: [length("2 bytes", "ok"), FIN] },
  { name: "a length in words", answer: [length("two", "ok"), FIN] },
  { name: "a length of 2^63 - 1", answer: [length("9223372036854775807", "ok"), FIN] },
  { name: "a length of 2^63", answer: [length("9223372036854775808", "ok"), FIN] },
  { name: "a length of 2^64 - 1", answer: [length("18446744073709551615", "ok"), FIN] },
  { name: "a length of 2^64", answer: [length("18446744073709551616", "ok"), FIN] },
  { name: "a length of 2^64 + 2", answer: [length("18446744073709551618", "ok"), FIN] },
  { name: "a body shorter than its length", answer: [length("9", "short"), FIN] },
  { name: "no body though there is a length", answer: [length("9", ""), FIN] },
  { name: "a body longer than its length", answer: length("2", "okand more") },
  { name: "a body longer than a length of 0", answer: length("0", "more") },
];

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const chunks = (...texts: string[]) => CHUNKED + texts.join("");
const coded = (coding: string, rest = "") =>
  `${OK}Transfer-Encoding: ${coding}\r\n${rest}\r\n${chunk("ok")}0\r\n\r\n`;

const chunked: Behaviour[] = [
  { name: "chunks", answer: chunks(chunk("one"), chunk("two"), "0\r\n\r\n") },
  { name: "no chunks", answer: chunks("0\r\n\r\n") },
  { name: "a hundred chunks of a byte", answer: chunks(chunk("a").repeat(100), "0\r\n\r\n") },
  { name: "a size in capitals", answer: chunks("A\r\n0123456789\r\n0\r\n\r\n") },
  { name: "leading zeros in a size", answer: chunks("0002\r\nok\r\n0\r\n\r\n") },
  { name: "sixteen digits", answer: chunks("0000000000000002\r\nok\r\n0\r\n\r\n") },
  { name: "twenty digits", answer: [chunks("00000000000000000002\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "several zeros as the last size", answer: chunks(chunk("ok"), "000\r\n\r\n") },
  { name: "an extension", answer: chunks("2;a=b\r\nok\r\n0\r\n\r\n") },
  { name: "an extension with a quoted value", answer: chunks('2;a="b;c"\r\nok\r\n0\r\n\r\n') },
  { name: "an extension without a value", answer: chunks("2;a\r\nok\r\n0;b\r\n\r\n") },
  { name: "an extension without a name", answer: [chunks("2;\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a space before an extension", answer: [chunks("2 ;a=b\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a space behind a size", answer: [chunks("2 \r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a space before a size", answer: [chunks(" 2\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "an extension of 10 KB", answer: chunks(`2;${"a".repeat(10_000)}\r\nok\r\n0\r\n\r\n`) },
  {
    name: "extensions without an end",
    hangs: true,
    answer: [chunks("2;"), { forever: "a".repeat(1000) }],
  },
  { name: "a trailer", answer: chunks(chunk("ok"), "0\r\nA: b\r\n\r\n") },
  { name: "trailers that frame", answer: chunks(chunk("ok"), "0\r\nContent-Length: 9\r\n\r\n") },
  {
    name: "a trailer that is no field",
    answer: [chunks(chunk("ok"), "0\r\nNonsense\r\n\r\n"), FIN],
  },
  {
    name: "trailers without an end",
    hangs: true,
    answer: [chunks(chunk("ok"), "0\r\n"), { forever: "A: b\r\n" }],
  },
  { name: "LF alone in chunks", answer: [chunks("2\nok\n0\n\n"), FIN] },
  { name: "no size", answer: [chunks("\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "no number as a size", answer: [chunks("zz\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a negative size", answer: [chunks("-2\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a size with a sign", answer: [chunks("+2\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a size in the manner of C", answer: [chunks("0x2\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a size with words behind it", answer: [chunks("2 bytes\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a size of 2^63", answer: [chunks("8000000000000000\r\nok"), FIN] },
  { name: "a size of 2^64 - 1", answer: [chunks("ffffffffffffffff\r\nok"), FIN] },
  { name: "a size of 2^64", answer: [chunks("10000000000000000\r\nok"), FIN] },
  { name: "a size of 2^64 + 2", answer: [chunks("10000000000000002\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "a chunk that is longer than it says", answer: [chunks("2\r\noknot\r\n0\r\n\r\n"), FIN] },
  { name: "a chunk that is shorter than it says", answer: [chunks("9\r\nok\r\n0\r\n\r\n"), FIN] },
  { name: "no end of a chunk", answer: [chunks("2\r\nok0\r\n\r\n"), FIN] },
  { name: "an end before the first chunk", answer: [CHUNKED, FIN] },
  { name: "an end within a size", answer: [chunks("2"), FIN] },
  { name: "an end within a chunk", answer: [chunks("9\r\nok"), FIN] },
  { name: "an end behind a chunk", answer: [chunks(chunk("ok")), FIN] },
  { name: "an end within the last size", answer: [chunks(chunk("ok"), "0"), FIN] },
  { name: "an end before the last line", answer: [chunks(chunk("ok"), "0\r\n"), FIN] },
  { name: "an end within the trailers", answer: [chunks(chunk("ok"), "0\r\nA: b\r\n"), FIN] },
  { name: "bytes behind the last chunk", answer: chunks(chunk("ok"), "0\r\n\r\nand more") },

  { name: "Chunked, as a name", answer: coded("Chunked") },
  { name: "spaces around chunked", answer: coded(" \tchunked\t ") },
  {
    name: "chunked twice, in two fields",
    answer: [coded("chunked", "Transfer-Encoding: chunked\r\n"), FIN],
  },
  { name: "chunked twice, as a list", answer: [coded("chunked, chunked"), FIN] },
  { name: "an empty coding", answer: [coded(""), FIN] },
  { name: "identity", answer: [`${OK}Transfer-Encoding: identity\r\n\r\nok`, FIN] },
  {
    name: "identity with a length",
    answer: [`${OK}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok`, FIN],
  },
  { name: "identity, chunked", answer: [coded("identity, chunked"), FIN] },
  { name: "chunked, identity", answer: [coded("chunked, identity"), FIN] },
  { name: "an unknown coding", answer: [coded("frobnicate"), FIN] },
  { name: "an unknown coding, chunked", answer: [coded("frobnicate, chunked"), FIN] },
  { name: "xchunked", answer: [coded("xchunked"), FIN] },
  { name: "chunkedx", answer: [coded("chunkedx"), FIN] },
  { name: "chunked with a parameter", answer: [coded("chunked;a=b"), FIN] },
  { name: "coding and length", answer: [coded("chunked", "Content-Length: 2\r\n"), FIN] },
  {
    name: "length and coding",
    answer: [`${OK}Content-Length: 2\r\n${coded("chunked").slice(17)}`, FIN],
  },
  { name: "chunks in HTTP/1.0", answer: [coded("chunked").replace("HTTP/1.1", "HTTP/1.0"), FIN] },
];

const untilTheEnd: Behaviour[] = [
  { name: "until the connection's end", answer: [`${OK}\r\nok`, FIN] },
  { name: "until the connection's end, empty", answer: [`${OK}\r\n`, FIN] },
  { name: "until the connection's end, 1 MB", answer: [`${OK}\r\n`, "x".repeat(1 << 20), FIN] },
  { name: "HTTP/1.0 until its end", answer: ["HTTP/1.0 200 OK\r\n\r\nok", FIN] },
  { name: "HTTP/1.0 with a length", answer: ["HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"] },
  {
    name: "HTTP/1.0, shorter than its length",
    answer: ["HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nok", FIN],
  },
  { name: "Connection: close with a length", answer: sized("ok", "Connection: close\r\n") },
  { name: "Connection: close without one", answer: [`${OK}Connection: close\r\n\r\nok`, FIN] },
];

const bodiless: Behaviour[] = [
  { name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n" },
  {
    name: "204 with a length of 0",
    answer: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
  },
  { name: "204 with a length", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n" },
  { name: "204 with a body", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok" },
  {
    name: "204 in chunks",
    answer: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  },
  { name: "304", answer: "HTTP/1.1 304 Not Modified\r\n\r\n" },
  { name: "304 with a length", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" },
  {
    name: "304 in chunks",
    answer: "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
  },
  { name: "205 with a length of 0", answer: sized("", "", "205 Reset Content") },
  { name: "205 with a body", answer: sized("ok", "", "205 Reset Content") },
  { name: "HEAD", method: "HEAD", answer: `${OK}Content-Length: 5\r\n\r\n` },
  { name: "HEAD in chunks", method: "HEAD", answer: `${OK}Transfer-Encoding: chunked\r\n\r\n` },
  { name: "HEAD without a length", method: "HEAD", answer: `${OK}\r\n` },
  { name: "HEAD with a body", method: "HEAD", answer: length("5", "hello") },
  { name: "HEAD of 404", method: "HEAD", answer: "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\n" },
  {
    name: "HEAD with two lengths",
    method: "HEAD",
    answer: [`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, FIN],
  },
];

export const framing: Behaviour[] = [...lengths, ...chunked, ...untilTheEnd, ...bodiless];
