// A name server of a test's own, and a `nano serve` that asks it: in a mount namespace where /etc/resolv.conf
// is the test's. That takes privileges, and util-linux's unshare.

import { spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { chmodSync, writeFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { nano } from "../../../tools/harness/paths.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

/** Why tests with a name server are skipped; false: they are not. */
export const noNameServers: string | false =
  spawnSync("unshare", ["-m", "true"]).status === 0
    ? false
    : "a mount namespace cannot be made (`unshare -m` as root)";

/** Addresses of a name; none: it does not exist; null: no answer at all. */
export type Names = (name: string) => string[] | null;

const A = 1;
const AAAA = 28;

/** The bytes of an address. */
function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((hex) => parseInt(hex, 16));
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

function answerTo(query: Buffer, names: Names): Buffer | null {
  const labels = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at] + 1)
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  const addresses = names(labels.join(".").toLowerCase());
  if (addresses === null) return null;
  const ofType = addresses.filter(
    (address) => isIPv6(address) === (type === AAAA) && (type === A || type === AAAA),
  );
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // A response, with recursion; 3: the name does not exist.
  head.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(ofType.length, 6);
  const records = ofType.map((address) => {
    const bytes = bytesOf(address);
    // Named as the question; for a second.
    const record = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 1, 0, bytes.length]);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, question, ...records]);
}

let count = 0;

/** An address of this machine's for one name server: resolv.conf knows no other port than 53. */
export function nameServerAddress(): string {
  return `127.${1 + ((process.pid >> 8) % 250)}.${process.pid % 250}.${++count}`;
}

export class NameServer {
  readonly address = nameServerAddress();
  /** The names that were asked for. */
  readonly asked: string[] = [];
  readonly #socket: Socket = createSocket("udp4");

  static async start(scope: Scope, names: Names): Promise<NameServer> {
    const server = new NameServer();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = server.#socket;
    scope.after(() => void socket.close());
    socket.on("message", (query, { port, address }) => {
      const answer = answerTo(query, (name) => (server.asked.push(name), names(name)));
      if (answer !== null) socket.send(answer, port, address);
    });
    socket.once("error", reject).bind(53, server.address, resolve);
    await promise;
    return server;
  }
}

/** A program that is nano, where the name server at an address is asked for names. */
export function nanoAsking(scope: Scope, address: string): string {
  const folder = temporaryFolder(scope);
  const resolv = join(folder, "resolv.conf");
  writeFileSync(resolv, `nameserver ${address}\noptions timeout:1 attempts:2\n`);
  const program = join(folder, "nano");
  const steps = `mount --make-rprivate / && mount --bind ${resolv} /etc/resolv.conf && exec ${nano} "$@"`;
  writeFileSync(program, `#!/bin/sh\nexec unshare -m sh -c '${steps}' nano "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
