// Where NANO comes to something else than curl does, and why. The sections are those of RFC 9112 unless said
// otherwise; where they let a recipient choose between two, NANO mostly does as llhttp, and Node.js with it.

export interface Difference {
  /** NANO's outcome. */
  outcome: string;
  because: string;
}

const differ = (outcome: string, because: string, ...names: string[]): [string, Difference][] =>
  names.map((name) => [name, { outcome, because }]);

const STATUS_LINE =
  "section 4 knows no other form of a status line; what it is not is not guessed at";
const FIELD = "section 5 and RFC 9110, section 5.5: no field has such a name or value";
const LENGTH = "section 6.3: the framing is invalid, and where the body ends would be a guess";
const SAME_LENGTH =
  "section 6.3 lets a recipient read the same length twice as one; llhttp does not";
const CODING =
  "section 6.3: only chunked is a transfer coding that HTTP's clients were told to expect";
const CHUNK = "section 7.1: that is no chunk, and where the next one begins would be a guess";
const CUT_HEAD = "the head was cut off, and nobody knows what else it would have said";
const UNASKED =
  "bytes that nobody asked for may be another's answer: the connection is closed, curl drops them";
const CUT_BODY = "a coded body without its end is not whole; curl is content with what it got";
const UNKNOWN =
  'Fetch, "handle content codings": with an unknown one among them the bytes stay as they are';
const FETCH_METHODS = "curl repeats a method that it was told by -X, whatever the status";

export const differences: Record<string, Map<string, Difference>> = {
  heads: new Map([
    ...differ("protocol", STATUS_LINE, "two spaces before the status", "the version in lower case"),
    ...differ("protocol", STATUS_LINE, "HTTP/2.0 in words", "HTTP/2 in words"),
    ...differ(
      "200 ok",
      "empty lines before a status line harm nobody, and llhttp reads over them",
      "an empty line before the status line",
      "many empty lines before it",
    ),
    ...differ("closed", "of the head, nothing has come", "an empty line and no more"),
    ...differ(
      "protocol",
      "section 2.2: a CR alone is not the end of a line",
      "CR alone ends a field",
    ),
    ...differ("protocol", "section 2.2: nor are two of them", "CR CR LF ends a field"),
    ...differ("protocol", FIELD, "a control character in a value", "DEL in a value", "no name"),
    ...differ("protocol", FIELD, "a space before the colon", "a name with a space"),
    ...differ("protocol", FIELD, "a name with brackets", "a name beyond ASCII"),
    ...differ(
      "protocol",
      "section 5.2 would have folded lines read as one; llhttp, and other runtimes, refuse them",
      "a folded value",
      "a folded value, by a tab",
    ),
    ...differ("protocol", "NANO reads at most 512 fields", "a thousand fields"),
    ...differ(
      "protocol",
      "NANO reads at most 64 KiB of a head, curl 100 KB of a field",
      "a field of 99 KB",
    ),
  ]),
  framing: new Map([
    ...differ("protocol", SAME_LENGTH, "the same length twice", "a list of the same length"),
    ...differ(
      "protocol",
      LENGTH,
      "two lengths",
      "two lengths, the shorter one first",
      "a list of lengths",
    ),
    ...differ("protocol", LENGTH, "HEAD with two lengths"),
    ...differ("protocol", LENGTH, "a length with a sign", "a length in hexadecimal"),
    ...differ("protocol", LENGTH, "a length with a fraction", "a length with an exponent"),
    ...differ("protocol", LENGTH, "a length with words behind it"),
    ...differ(
      "protocol",
      "RFC 9110, section 8.6: a length that overflows is none",
      "a length of 2^64",
    ),
    ...differ(
      "protocol",
      "RFC 9110, section 8.6: a length that overflows is none",
      "a length of 2^64 + 2",
    ),
    ...differ(
      "truncated",
      "NANO's lengths have 64 bits, curl's 63",
      "a length of 2^63",
      "a length of 2^64 - 1",
    ),
    ...differ("truncated", "so have its chunks' sizes", "a size of 2^63", "a size of 2^64 - 1"),
    ...differ("200 ok", "leading zeros change nothing; curl reads sixteen digits", "twenty digits"),
    ...differ("protocol", CHUNK, "an extension without a name", "a size with words behind it"),
    ...differ("protocol", CHUNK, "LF alone in chunks"),
    ...differ("protocol", "a bound on what is no body; curl reads on", "extensions without an end"),
    ...differ("protocol", "a bound on what is no body; curl reads on", "trailers without an end"),
    ...differ(
      "protocol",
      "RFC 9110, section 6.5.1: a trailer must not frame",
      "trailers that frame",
    ),
    ...differ(
      "protocol",
      "section 6.1: chunked must not be applied twice",
      "chunked twice, as a list",
    ),
    ...differ(
      "protocol",
      CODING,
      "an empty coding",
      "an unknown coding",
      "an unknown coding, chunked",
    ),
    ...differ("protocol", CODING, "xchunked", "chunkedx", "chunked with a parameter"),
    ...differ(
      "protocol",
      CODING,
      "identity",
      "identity with a length",
      "identity, chunked",
      "chunked, identity",
    ),
    ...differ(
      "protocol",
      "section 6.3: two framings at once ought to be handled as an error",
      "coding and length",
      "length and coding",
    ),
    ...differ("205", "Fetch: a response with this status has no body", "205 with a body"),
  ]),
  connections: new Map([
    ...differ(
      "protocol",
      "nobody asked for another protocol",
      "101 unasked",
      "101 unasked, and another response",
    ),
    ...differ("closed", CUT_HEAD, "an end behind the status line", "an end within a field's name"),
    ...differ("closed", CUT_HEAD, "an end within a field's value", "an end behind the fields"),
    ...differ(
      "200 ok / 200 2/1 by 2",
      "what a proxy of old may have meant is no reason to trust the connection",
      "Proxy-Connection: close",
    ),
    ...differ("200 ok / 200 2/1 by 2", "curl does not heed it", "Keep-Alive: timeout=0"),
    ...differ("204 / 200 2/1 by 2", UNASKED, "another answer behind 204", "a body behind 204"),
    ...differ("304 / 200 2/1 by 2", UNASKED, "another answer behind 304"),
    ...differ("200 ok / 200 2/1 by 2", UNASKED, "another answer behind chunks"),
    ...differ(
      "200 1/1 / closed by 1",
      "an answer had begun, so that the request was heard; curl asks again while it has no whole line",
      "an end within the second answer",
    ),
  ]),
  redirects: new Map([
    ...differ(
      "200 PUT /to body",
      "Fetch: only the method's loss loses the body",
      "301 of PUT",
      "302 of PUT",
    ),
    ...differ("200 GET /to", FETCH_METHODS, "303 of PUT", "303 of DELETE"),
    ...differ(
      "200 GET /to/%E4",
      "URL Standard: escapes are written in capitals",
      "a byte beyond ASCII",
    ),
    ...differ("200 GET /to/%C3%A4", "URL Standard: escapes are written in capitals", "UTF-8"),
    ...differ("200 GET /to", "URL Standard: a backslash is a slash", "a backslash"),
    ...differ("url", "Fetch: a redirect brings no user name", "user information"),
    ...differ("url", "Fetch follows http: and https: only", "ftp"),
    ...differ(
      "redirect-limit",
      "Fetch: an empty reference is one to the same URL",
      "an empty Location",
    ),
    ...differ("url", "Fetch: two Locations are none", "two Locations"),
    ...differ("300", "Fetch: not a redirect", "300"),
    ...differ("304", "Fetch: not a redirect", "304 with a Location"),
    ...differ("305", "Fetch: not a redirect", "305"),
    ...differ("306", "Fetch: not a redirect", "306"),
    ...differ("200 GET /to", "the body of a redirect is not read", "a redirect with broken chunks"),
  ]),
  codings: new Map([
    ...differ("decode", CUT_BODY, "gzip, cut off", "gzip, cut off before its last byte"),
    ...differ("decode", CUT_BODY, "deflate, cut off", "deflate, cut off before its last byte"),
    ...differ("decode", CUT_BODY, "br, cut off", "br, cut off before its last byte"),
    ...differ("decode", CUT_BODY, "zstd, cut off", "zstd, cut off before its last byte"),
    ...differ(
      "200 [920 bytes, 1d82ad787746]",
      "padding, as gzip itself reads over it",
      "gzip, with zeros behind it",
    ),
    ...differ(
      "200 [924 bytes, 044d4f262616]",
      "RFC 1952, section 2.2: a file has members",
      "gzip, twice",
    ),
    ...differ("decode", "it is not what it says; zlib guesses for curl", "gzip that is deflate"),
    ...differ("200 [920 bytes, 1d82ad787746]", UNKNOWN, "an unknown coding", "compress"),
    ...differ("200 [75 bytes, 9e65f7fa3417]", UNKNOWN, "an unknown coding and gzip"),
  ]),
};
