// What becomes of a behaviour, in classes that clients have in common: by curl, and by an app on NANO.
//
// `200 body` or `200 [12345 bytes, DIGEST]` if all went well; else
//   protocol         what came is no HTTP
//   closed           the connection ended before the head was complete
//   truncated        it ended within the body
//   reset            it broke
//   timeout          nothing more came
//   decode           the body's coding is not what its field says
//   redirect-limit   too many redirects
//   url              a redirect to what is no URL, or to one that is not to be asked for
//   refused          nobody listens there
// Several requests are joined by " / ", with how many connections they took.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { request, type Target } from "../../../../tools/harness/http.ts";
import { run } from "../../lib/program.ts";
import type { Behaviour } from "./behaviour.ts";

/** Milliseconds for one request: soon over if it hangs, else more than any takes on however busy a machine. */
const patience = ({ hangs }: Behaviour) => (hangs === true ? 700 : 20_000);

function told(status: number, body: Uint8Array): string {
  const text = Buffer.from(body).toString("latin1");
  if (text.length <= 60 && /^[\x20-\x7e]*$/.test(text)) return `${status} ${text}`.trimEnd();
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 12);
  return `${status} [${body.length} bytes, ${digest}]`;
}

export const joined = (outcomes: string[], connections: number) =>
  outcomes.length === 1 ? outcomes[0] : `${outcomes.join(" / ")} by ${connections}`;

/** curl's exit codes; 56 is what it says of whatever went wrong while it received. */
function curlClass(code: number, error: string): string {
  switch (code) {
    case 1: // An unsupported protocol: of a URL, or in an answer.
      return /HTTP/.test(error) ? "protocol" : "url";
    case 3: // A malformed URL.
      return "url";
    case 7:
      return "refused";
    case 8: // A weird reply.
    case 27: // Out of memory: of what it has for a head.
    case 43: // A bad argument: a field that is none, to its own list of them.
      return "protocol";
    case 18:
      return "truncated";
    case 23: // A write error: its decoder's, since all that is written to is a pipe.
    case 61:
      return "decode";
    case 28:
      return "timeout";
    case 47:
      return "redirect-limit";
    case 52:
      return "closed";
    case 56:
      return /Connection reset|Recv failure/.test(error) ? "reset" : "protocol";
    default:
      return `curl ${code}`;
  }
}

/** A behaviour, and where it is met. */
export interface Meeting {
  behaviour: Behaviour;
  url: string;
}

interface CurlRequest extends Meeting {
  id: string;
  /** Where the body goes. */
  file: string;
}

/** One request, as curl's configuration file has it. */
function curlOptions({ behaviour, url, id, file }: CurlRequest): string {
  const { method = "GET", body } = behaviour;
  const options = [
    ...["compressed", "location", "http1.1", `url = "${url}"`, `output = "${file}"`],
    ...[
      'noproxy = "*"',
      'header = "Expect:"',
      "max-redirs = 20",
      `max-time = ${patience(behaviour) / 1000}`,
    ],
    `write-out = "${id} %{exitcode} %{http_code} %{errormsg}\\n"`,
  ];
  if (method === "HEAD") options.push("head");
  else if (body !== undefined) options.push(`data-raw = "${body}"`);
  if (!["GET", "HEAD"].includes(method) && !(method === "POST" && body !== undefined)) {
    options.push(`request = "${method}"`);
  }
  return options.join("\n");
}

/**
 * Exit codes of what curl takes for a fault of its own, upon which it gives up all that it was asked for, and
 * of what it gave up. What failed then is asked for again, by halves, in the end each alone.
 */
const FATAL = ["", "27", "42", "43"];

/** How many curls ask for what is asked for once. */
const GROUPS = 16;

/** Has one curl ask, for all at once or one after the other. The outcomes are by the requests' ids. */
async function curl(requests: CurlRequest[], parallel: boolean): Promise<Map<string, string>> {
  for (const { file } of requests) rmSync(file, { force: true });
  const args = ["-q", "-s", ...(parallel ? ["-Z", "--parallel-max", "300"] : []), "-K", "-"];
  const { stdout, stderr } = await run("curl", args, {
    input: requests.map(curlOptions).join("\nnext\n"),
  });
  const said = new Map(
    [...stdout.matchAll(/^(\S+) (\d+) (\d+) (.*)$/gm)].map(([, id, ...rest]) => [id, rest]),
  );
  const gaveUp =
    requests.length > 1 && requests.some(({ id }) => FATAL.includes(said.get(id)?.[0] ?? ""));
  const outcomes = new Map<string, string>();
  const left: CurlRequest[] = [];
  for (const request of requests) {
    const { id, file, behaviour } = request;
    const [code = "", status = "", error = ""] = said.get(id) ?? [];
    const empty = behaviour.method === "HEAD" || !existsSync(file);
    if (code === "" || (gaveUp && code !== "0")) left.push(request);
    else if (code !== "0") outcomes.set(id, curlClass(Number(code), error));
    else outcomes.set(id, told(Number(status), empty ? Buffer.alloc(0) : readFileSync(file)));
  }
  if (left.length === 1 && requests.length === 1) {
    throw new Error(`curl says nothing of ${left[0].behaviour.name}:\n${stderr}`);
  }
  const middle = left.length >> 1;
  const halves = [left.slice(0, middle), left.slice(middle)].filter(({ length }) => length > 0);
  const others = await Promise.all(halves.map((half) => curl(half, parallel)));
  return new Map([outcomes, ...others].flatMap((some) => [...some]));
}

/** The outcomes by curl, of each meeting as many as it has requests. The folder gets the bodies. */
export async function curlOutcomes(meetings: Meeting[], folder: string): Promise<string[][]> {
  const requests = meetings.map(({ behaviour, url }, number) =>
    Array.from({ length: behaviour.times ?? 1 }, (_, time): CurlRequest => {
      const id = `${number}.${time}`;
      return { behaviour, url, id, file: join(folder, id) };
    }),
  );
  const [once, often] = [1, 2].map((times) =>
    requests.filter(({ length }) => Math.min(length, 2) === times),
  );
  const groups = Array.from({ length: GROUPS }, (_, group) =>
    once.flat().filter((_, i) => i % GROUPS === group),
  );
  const asked = await Promise.all([
    ...groups.map((group) => curl(group, true)),
    ...often.map((one) => curl(one, false)),
  ]);
  const outcomes = new Map(asked.flatMap((some) => [...some]));
  return requests.map((one) => one.map(({ id }) => outcomes.get(id)!));
}

/** What an app says of one fetch. */
interface Report {
  status?: number;
  body?: string;
  error?: { name: string; message: string; code?: string };
}

/** The app that asks on NANO: what is asked for is the request's body, and its answer a list of reports. */
export const APP = `
  async function ask({ url, method, body, patience }) {
    const report = {};
    try {
      const response = await fetch(url, { method, body, signal: AbortSignal.timeout(patience) });
      report.status = response.status;
      report.body = new Uint8Array(await response.arrayBuffer()).toBase64();
    } catch (error) {
      const { name, message, cause } = error;
      report.error = { name, message, code: cause?.code };
    }
    return report;
  }
  export default {
    async fetch(request) {
      const { times, ...asked } = await request.json();
      const reports = [];
      for (let i = 0; i < times; i++) reports.push(await ask(asked));
      return Response.json(reports);
    },
  };`;

function nanoOutcome({ status = 0, body = "", error }: Report): string {
  if (error === undefined) return told(status, Buffer.from(body, "base64"));
  if (error.name === "TimeoutError") return "timeout";
  switch (error.code) {
    case "ERR_HTTP_PROTOCOL":
      return "protocol";
    case "ERR_CONTENT_DECODING":
      return "decode";
    case "ERR_TOO_MANY_REDIRECTS":
      return "redirect-limit";
    case "ERR_REDIRECT":
      return "url";
    case "ECONNREFUSED":
      return "refused";
    case "ECONNRESET":
      if (error.message.includes("within the response's body")) return "truncated";
      return error.message.includes("the connection ended") ? "closed" : "reset";
    default:
      return JSON.stringify(error);
  }
}

/** The outcomes by NANO of one meeting: what the app under `host` reports. */
export async function nanoOutcomes(
  server: Target,
  host: string,
  { behaviour, url }: Meeting,
): Promise<string[]> {
  const { method, body, times = 1 } = behaviour;
  const asked = { url, method, body, times, patience: patience(behaviour) };
  const { status, text } = await request(server, host, "/", {
    method: "POST",
    body: JSON.stringify(asked),
  });
  if (status !== 200) return [`the app's answer: ${status} ${text}`];
  return (JSON.parse(text) as Report[]).map(nanoOutcome);
}
