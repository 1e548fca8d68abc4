// Interim responses, connections that end or break at each stage, slow ones, and which are used again.

import {
  CHUNKED,
  FIN,
  OK,
  RESET,
  sized,
  type Asked,
  type Behaviour,
  type Step,
} from "./behaviour.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";

const interim: Behaviour[] = [
  { name: "100 unasked", answer: [CONTINUE, sized("ok")] },
  { name: "100 and a pause", answer: [CONTINUE, { pause: 50 }, sized("ok")] },
  { name: "100 twice", answer: [CONTINUE, CONTINUE, sized("ok")] },
  { name: "102", answer: ["HTTP/1.1 102 Processing\r\n\r\n", sized("ok")] },
  { name: "103", answer: [HINTS, sized("ok")] },
  { name: "103 and 100", answer: [HINTS, CONTINUE, sized("ok")] },
  { name: "199", answer: ["HTTP/1.1 199 Odd\r\n\r\n", sized("ok")] },
  {
    name: "100 with a length",
    answer: ["HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n", sized("ok")],
  },
  {
    name: "103 in chunks",
    answer: ["HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n", sized("ok")],
  },
  {
    name: "100 that closes",
    answer: ["HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n", sized("ok")],
  },
  { name: "100 of HTTP/1.0", answer: ["HTTP/1.0 100 Continue\r\n\r\n", sized("ok")] },
  { name: "twenty times 103", answer: [HINTS.repeat(20), sized("ok")] },
  { name: "interim responses without an end", answer: { forever: HINTS } },
  { name: "100 and the end", answer: [CONTINUE, FIN] },
  { name: "100 and a reset", answer: [CONTINUE, { pause: 20 }, RESET] },
  { name: "100 and garbage", answer: [CONTINUE, "garbage\r\n\r\n", FIN] },
  {
    name: "101 unasked",
    answer: [
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
      FIN,
    ],
  },
  {
    name: "101 unasked, and another response",
    answer: ["HTTP/1.1 101 Switching Protocols\r\n\r\n", sized("ok"), FIN],
  },
  {
    name: "200 that offers an upgrade",
    answer: sized("ok", "Upgrade: h2c\r\nConnection: upgrade\r\n"),
  },
  {
    name: "426",
    answer: sized("no", "Upgrade: h2c\r\nConnection: upgrade\r\n", "426 Upgrade Required"),
  },
];

const ends: Behaviour[] = [
  { name: "an end before a byte", answer: FIN },
  { name: "a reset before a byte", answer: RESET },
  { name: "an end within the status line", answer: ["HTTP/1.1 2", FIN] },
  { name: "an end behind the status line", answer: [OK, FIN] },
  { name: "an end within a field's name", answer: [`${OK}Conte`, FIN] },
  { name: "an end within a field's value", answer: [`${OK}A: b`, FIN] },
  { name: "an end behind the fields", answer: [`${OK}Content-Length: 2\r\n`, FIN] },
  { name: "an end behind the head", answer: [`${OK}Content-Length: 2\r\n\r\n`, FIN] },
  { name: "an end within the body", answer: [`${OK}Content-Length: 4\r\n\r\nok`, FIN] },
  { name: "an end before the last byte", answer: [sized("x".repeat(100_000)).slice(0, -1), FIN] },
  { name: "a reset within the status line", answer: ["HTTP/1.1 2", { pause: 20 }, RESET] },
  { name: "a reset within the fields", answer: [`${OK}Conte`, { pause: 20 }, RESET] },
  {
    name: "a reset behind the head",
    answer: [`${OK}Content-Length: 2\r\n\r\n`, { pause: 20 }, RESET],
  },
  {
    name: "a reset within the body",
    answer: [`${OK}Content-Length: 4\r\n\r\nok`, { pause: 20 }, RESET],
  },
  { name: "a reset within a chunk", answer: [`${CHUNKED}9\r\nok`, { pause: 20 }, RESET] },
  { name: "a reset instead of the end", answer: [`${OK}\r\nok`, { pause: 20 }, RESET] },
  { name: "a reset behind the answer", answer: [sized("ok"), { pause: 20 }, RESET] },
  { name: "an end behind the answer", answer: [sized("ok"), FIN] },
  {
    name: "a stream that breaks",
    answer: [CHUNKED, `2000\r\n${"x".repeat(0x2000)}\r\n`, { pause: 20 }, RESET],
  },
];

const drip = (text: string) => [...text].flatMap((byte) => [byte, { pause: 1 }]);

const slow: Behaviour[] = [
  { name: "byte by byte", answer: drip(sized("ok")) },
  { name: "chunks byte by byte", answer: drip(`${CHUNKED}2;a=b\r\nok\r\n0\r\nA: b\r\n\r\n`) },
  { name: "interim responses byte by byte", answer: drip(HINTS + sized("ok")) },
  { name: "until the end, byte by byte", answer: [...drip(`${OK}\r\nok`), FIN] },
  { name: "a pause before the answer", answer: [{ pause: 300 }, sized("ok")] },
  { name: "a pause within the head", answer: [OK, { pause: 300 }, sized("ok").slice(17)] },
  { name: "a pause within the body", answer: [sized("ok").slice(0, -1), { pause: 300 }, "k"] },
  { name: "no answer", hangs: true, answer: [] },
  { name: "no end of the head", hangs: true, answer: OK },
  { name: "no body", hangs: true, answer: `${OK}Content-Length: 2\r\n\r\n` },
  { name: "half a body", hangs: true, answer: `${OK}Content-Length: 4\r\n\r\nok` },
  { name: "no last chunk", hangs: true, answer: `${CHUNKED}2\r\nok\r\n` },
  { name: "no line behind the last chunk", hangs: true, answer: `${CHUNKED}2\r\nok\r\n0\r\n` },
  { name: "no end of a body without a length", hangs: true, answer: `${OK}\r\nok` },
  { name: "interim responses only", hangs: true, answer: [CONTINUE, HINTS] },
  { name: "an answer of 5 MB", answer: sized("0123456789abcdef".repeat(320 * 1024)) },
];

/** The first request of a connection is answered by `first`, all others by the number of both. */
const firstOf =
  (...first: Step[]) =>
  ({ connection, request }: Asked) =>
    connection === 1 && request === 1 ? first : sized(`${connection}/${request}`);
/** Whichever request it is. */
const count = ({ connection, request }: Asked) => sized(`${connection}/${request}`);
const again = (name: string, answer: Behaviour["answer"], times = 2): Behaviour => ({
  name,
  answer,
  times,
});

const reuse: Behaviour[] = [
  again("used again", count, 3),
  again("used again after chunks", firstOf(`${CHUNKED}2\r\nok\r\n0\r\n\r\n`)),
  again("used again after trailers", firstOf(`${CHUNKED}2\r\nok\r\n0\r\nA: b\r\n\r\n`)),
  again("used again after 204", firstOf("HTTP/1.1 204 No Content\r\n\r\n")),
  again("used again after 304", firstOf("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n")),
  again("used again after 404", firstOf(sized("no", "", "404 No"))),
  again("used again after 500", firstOf(sized("no", "", "500 No"))),
  again("used again after 103", firstOf(HINTS, sized("ok"))),
  again("used again after an empty body", firstOf(sized(""))),
  again("closed by its field", firstOf(sized("ok", "Connection: close\r\n"))),
  again("closed by its field in capitals", firstOf(sized("ok", "CONNECTION: CLOSE\r\n"))),
  again("closed by one of several words", firstOf(sized("ok", "Connection: foo, close\r\n"))),
  again(
    "closed by one of two fields",
    firstOf(sized("ok", "Connection: foo\r\nConnection: close\r\n")),
  ),
  again("close and keep-alive", firstOf(sized("ok", "Connection: close, keep-alive\r\n"))),
  again("closed with 404", firstOf(sized("no", "Connection: close\r\n", "404 No"))),
  again("closed with 500", firstOf(sized("no", "Connection: close\r\n", "500 No"))),
  again("closed with 204", firstOf("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
  again("HTTP/1.0", firstOf(sized("ok").replace("HTTP/1.1", "HTTP/1.0"))),
  again(
    "HTTP/1.0 that keeps",
    firstOf(sized("ok", "Connection: keep-alive\r\n").replace("HTTP/1.1", "HTTP/1.0")),
  ),
  again("Proxy-Connection: close", firstOf(sized("ok", "Proxy-Connection: close\r\n"))),
  again("Keep-Alive: timeout=5", firstOf(sized("ok", "Keep-Alive: timeout=5\r\n"))),
  again("Keep-Alive: timeout=0", firstOf(sized("ok", "Keep-Alive: timeout=0\r\n"))),
  again("Keep-Alive: max=1", firstOf(sized("ok", "Keep-Alive: max=1\r\n"))),
  again("an end though it may be used again", firstOf(sized("ok"), FIN)),
  again("a reset though it may be used again", firstOf(sized("ok"), { pause: 10 }, RESET)),
  again("the connection's end ends the body", firstOf(`${OK}\r\nok`, FIN)),
  again("bytes behind the body", firstOf(`${sized("ok")}and more`)),
  again("another answer behind the body", firstOf(`${sized("ok")}${sized("evil")}`)),
  again("another answer behind 204", firstOf(`HTTP/1.1 204 No Content\r\n\r\n${sized("evil")}`)),
  again("another answer behind 304", firstOf(`HTTP/1.1 304 Not Modified\r\n\r\n${sized("evil")}`)),
  again("another answer behind chunks", firstOf(`${CHUNKED}2\r\nok\r\n0\r\n\r\n${sized("evil")}`)),
  again("an empty line behind the body", firstOf(`${sized("ok")}\r\n`)),
  again("a body behind 204", firstOf("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok")),
  again(
    "408 behind the body",
    firstOf(`${sized("ok")}HTTP/1.1 408 Timeout\r\nConnection: close\r\n\r\n`, FIN),
  ),
  // A server that ends a connection in the moment in which it is used again.
  again("an end at the second request", ({ connection, request }) =>
    connection === 1 && request === 2 ? FIN : sized(`${connection}/${request}`),
  ),
  again("a reset at the second request", ({ connection, request }) =>
    connection === 1 && request === 2 ? RESET : sized(`${connection}/${request}`),
  ),
  again("an end within the second answer", ({ connection, request }) =>
    connection === 1 && request === 2 ? ["HTTP/1.1 2", FIN] : sized(`${connection}/${request}`),
  ),
  again("an end at each second request", ({ request }) => (request === 2 ? FIN : sized("ok")), 3),
  {
    ...again("an end at the second POST", ({ connection, request, body }) =>
      connection === 1 && request === 2 ? FIN : sized(`${connection}/${request} ${body}`),
    ),
    method: "POST",
    body: "body",
  },
];

const uploads: Behaviour[] = [
  {
    name: "POST",
    method: "POST",
    body: "a body",
    answer: ({ method, body }) => sized(`${method} ${body}`),
  },
  {
    name: "PUT",
    method: "PUT",
    body: "a body",
    answer: ({ method, body }) => sized(`${method} ${body}`),
  },
  {
    name: "DELETE",
    method: "DELETE",
    answer: ({ method, headers }) => sized(`${method} ${headers["content-length"] ?? "-"}`),
  },
  {
    name: "POST without a body",
    method: "POST",
    body: "",
    answer: ({ method, headers }) => sized(`${method} ${headers["content-length"] ?? "-"}`),
  },
  {
    name: "an answer before the body",
    method: "POST",
    body: "x".repeat(100_000),
    early: true,
    answer: [sized("no", "Connection: close\r\n", "413 Too Large"), { pause: 100 }, FIN],
  },
  {
    name: "a reset before the body",
    method: "POST",
    body: "x".repeat(100_000),
    early: true,
    answer: RESET,
  },
];

export const connections: Behaviour[] = [...interim, ...ends, ...slow, ...reuse, ...uploads];
