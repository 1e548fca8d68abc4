// Redirects: where to, how often, and with which method.

import { FIN, sized, type Asked, type Behaviour, type Step } from "./behaviour.ts";

const to = (location: string, status = 302) =>
  sized("", `Location: ${location}\r\n`, `${status} Moved`);
/** What arrives at the end. */
const seen = ({ method, path, body }: Asked) => sized(`${method} ${path} ${body}`);

/** The first request is sent on; `location` may say {base} and {origin}. */
const redirect = (name: string, location: string, status = 302): Behaviour => ({
  name,
  answer: (asked) =>
    asked.path === ""
      ? to(location.replace("{base}", asked.base).replace("{origin}", asked.origin), status)
      : seen(asked),
});

const methods: Behaviour[] = [301, 302, 303, 307, 308].flatMap((status) =>
  ["GET", "POST", "PUT", "DELETE", "HEAD"].map((method) => ({
    ...redirect(`${status} of ${method}`, "{base}/to", status),
    method,
    body: method === "POST" || method === "PUT" ? "body" : undefined,
  })),
);

const places: Behaviour[] = [
  redirect("an absolute URL", "{origin}{base}/to"),
  redirect("a path", "{base}/to"),
  redirect("a relative path", "b/to"),
  redirect("a relative path with dots", "./x/../b/to"),
  redirect("too many dots", "../../../b/to"),
  redirect("a query", "?a=b"),
  redirect("a path and a query", "{base}/to?a=b&c=d"),
  redirect("a fragment", "{base}/to#part"),
  redirect("a space", "{base}/to here"),
  redirect("a byte beyond ASCII", "{base}/to/\xe4"),
  redirect("UTF-8", "{base}/to/\xc3\xa4"),
  redirect("an escape", "{base}/to/%C3%A4"),
  redirect("a backslash", "\\b\\to"),
  redirect("spaces around", "  {base}/to  "),
  {
    name: "without a scheme",
    answer: (asked) => (asked.path === "" ? to(`${asked.origin.slice(5)}/b/to`) : seen(asked)),
  },
  {
    name: "user information",
    answer: (asked) =>
      asked.path === ""
        ? to(asked.origin.replace("//", "//a:b@") + "/b/to")
        : sized(asked.headers.authorization ?? "none"),
  },
  { name: "no Location", answer: sized("here", "", "302 Found") },
  { name: "an empty Location", answer: sized("here", "Location:\r\n", "302 Found") },
  redirect("a broken URL", "http://[::1"),
  redirect("a broken port", "http://127.0.0.1:99999/"),
  redirect("ftp", "ftp://127.0.0.1/"),
  redirect("file", "file:///etc/passwd"),
  redirect("data", "data:text/plain,ok"),
  redirect("javascript", "javascript:1"),
  redirect("an unknown scheme", "frob://127.0.0.1/"),
  redirect("nobody listens there", "http://127.0.0.1:1/"),
  {
    name: "two Locations",
    answer: (asked) =>
      asked.path === ""
        ? sized("", "Location: /b/one\r\nLocation: /b/two\r\n", "302 Found")
        : seen(asked),
  },
  { name: "300", answer: (asked) => (asked.path === "" ? to("/b/to", 300) : seen(asked)) },
  { name: "304 with a Location", answer: "HTTP/1.1 304 Not Modified\r\nLocation: /b/to\r\n\r\n" },
  { name: "305", answer: (asked) => (asked.path === "" ? to("/b/to", 305) : seen(asked)) },
  { name: "306", answer: (asked) => (asked.path === "" ? to("/b/to", 306) : seen(asked)) },
  { name: "201 with a Location", answer: sized("made", "Location: /b/to\r\n", "201 Created") },
  { name: "200 with a Location", answer: sized("ok", "Location: /b/to\r\n") },
];

const moved =
  (body: Step[]): Behaviour["answer"] =>
  (asked) =>
    asked.path === "" ? body : seen(asked);

const bodies: Behaviour[] = [
  {
    name: "a redirect with a body",
    answer: moved([sized("moved", "Location: /b/to\r\n", "302 Found")]),
  },
  {
    name: "a redirect that closes",
    answer: moved([sized("", "Location: /b/to\r\nConnection: close\r\n", "302 Found"), FIN]),
  },
  {
    name: "a redirect until the end",
    answer: moved(["HTTP/1.1 302 Found\r\nLocation: /b/to\r\n\r\nmoved", FIN]),
  },
  {
    name: "a redirect that is cut off",
    answer: moved(["HTTP/1.1 302 Found\r\nLocation: /b/to\r\nContent-Length: 9\r\n\r\nmov", FIN]),
  },
  {
    name: "a redirect with broken chunks",
    answer: moved([
      "HTTP/1.1 302 Found\r\nLocation: /b/to\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      FIN,
    ]),
  },
];

/** So many redirects, one after the other. */
const chain = (length: number): Behaviour => ({
  name: `${length} redirects`,
  answer: (asked) => {
    const number = Number(asked.path.slice(1));
    return number < length ? to(`${asked.base}/${number + 1}`) : seen(asked);
  },
});

const loops: Behaviour[] = [
  chain(1),
  chain(2),
  chain(19),
  chain(20),
  chain(21),
  chain(30),
  { name: "a loop of one", answer: to("/b") },
  { name: "a loop of two", answer: ({ path }) => to(path === "" ? "/b/x" : "/b") },
  {
    name: "a loop that opens connections",
    answer: [sized("", "Location: /b\r\nConnection: close\r\n", "302 Found"), FIN],
  },
];

export const redirects: Behaviour[] = [...methods, ...places, ...bodies, ...loops];
