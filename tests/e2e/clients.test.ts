// Who the client of a request is: what apps, the log and other apps are told of it, behind proxies that are
// trusted and of peers that are not. Every address of 127.0.0.0/8 is this machine's: 127.0.0.1 is the proxy.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Connection, request, requestBytes, type Response } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { buildApps, writeConfig, type App } from "./lib/apps.ts";
import { groupWorkers } from "./lib/groups.ts";
import { originOf } from "./lib/origin.ts";
import { serve, type LogLine, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const FIELDS = ["cf-connecting-ip", "x-real-ip", "x-forwarded-for", "x-forwarded-proto"];

// Tells what it sees of a request, which the path says how to look at.
const TELLER = `
  const names = ${JSON.stringify(FIELDS)};
  const tell = (request) => ({
    url: request.url,
    cf: request.cf,
    fields: Object.fromEntries([...request.headers].filter(([name]) => names.includes(name))),
  });
  const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let seen = {};
  export default {
    async fetch(request, env, ctx) {
      const { pathname } = new URL(request.url);
      switch (pathname) {
        case "/clone":
          return Response.json(tell(request.clone()));
        case "/again":
          return Response.json(tell(new Request(request)));
        case "/moved":
          return Response.json(tell(new Request("http://moved.test/", request)));
        case "/looked": {
          void request.headers.get("cf-connecting-ip");
          request.cf.mine = 1;
          return Response.json(tell(new Request(new Request(request), { headers: request.headers })));
        }
        case "/own":
          return Response.json(tell(new Request(request, { cf: { colo: "own", deep: { a: [1] } } })));
        case "/apart": {
          const first = new Request("http://a.test/", { cf: { a: 1 } });
          const second = new Request(first);
          second.cf.a = 2;
          return Response.json([first.cf, second.cf, new Request("http://a.test/").cf === undefined,
            request.cf === request.cf, request.cf === request.clone().cf]);
        }
        case "/wrong": {
          const failure = (cf) => { try { return new Request("http://a.test/", { cf }).cf; } catch (e) { return e.name; } };
          return Response.json([1, "a", null, undefined, () => {}].map((cf) => failure(cf) ?? null));
        }
        case "/pass":
          return env.OTHER.fetch(new Request("http://other.test/", request));
        case "/made":
          return env.OTHER.fetch("http://other.test/", { cf: { colo: "made" } });
        case "/bare":
          return env.OTHER.fetch("http://other.test/");
        case "/longest": {
          const response = await env.OTHER.fetch("http://other.test/", { cf: { text: "€".repeat(65_000) } });
          return Response.json((await response.json()).cf.text === "€".repeat(65_000));
        }
        case "/out":
          return fetch(new Request(request.headers.get("x-origin"), request), { cf: { cacheTtl: 5 } });
        case "/after":
          ctx.waitUntil(later(50).then(() => { seen = tell(request); }));
          return new Response("");
        case "/loose":
          setTimeout(() => { seen = tell(request); }, 50);
          return new Response("");
        case "/gone": {
          request.signal.addEventListener("abort", () => { seen = tell(request); });
          await later(60_000);
        }
        case "/seen":
          return Response.json(seen);
      }
      return Response.json(tell(request));
    },
  };`;

interface Told {
  url: string;
  cf?: Record<string, unknown>;
  fields: Record<string, string>;
}

const apps = (): Record<string, App | string> => ({
  teller: { files: TELLER, services: { OTHER: "other" }, outbound: { allow: "*" } },
  other: TELLER,
  apart: { files: TELLER, isolation: "process", services: { OTHER: "other" } },
  caller: { files: TELLER, services: { OTHER: "apart" } },
});

const SPOOFED = {
  "CF-Connecting-IP": "6.6.6.6",
  "X-Real-IP": "6.6.6.6",
  "X-Forwarded-For": "6.6.6.6",
  "X-Forwarded-Proto": "https",
};

describe("without a word about proxies", () => {
  const scope = suiteScope();
  let server: Server;
  before(async () => {
    const { dist, config } = await buildApps(scope, apps());
    server = await serve(scope, dist, { config });
  });

  test("an app has the peer's address, and nothing of a client's is believed", async () => {
    for (const from of ["127.0.0.1", "127.0.0.66"]) {
      const told = (await request({ port: server.port, from }, "teller.test", "/", {
        headers: SPOOFED,
      }).then(({ json }) => json)) as Told;
      assert.deepEqual(told, {
        url: "http://teller.test/",
        cf: { httpProtocol: "HTTP/1.1" },
        fields: {
          "cf-connecting-ip": from,
          // Those are not the server's to say, unless it is told to.
          "x-real-ip": "6.6.6.6",
          "x-forwarded-for": "6.6.6.6",
          "x-forwarded-proto": "https",
        },
      });
    }
  });

  test("so it is for requests of one connection, one after the other, and of HTTP/1.0", async () => {
    const connection = await Connection.open({ port: server.port, from: "127.0.0.5" });
    for (let i = 0; i < 3; i++) {
      await connection.send(requestBytes("teller.test", "/"));
      const told = (await connection.read()).json as Told;
      assert.equal(told.fields["cf-connecting-ip"], "127.0.0.5");
    }
    await connection.send("GET / HTTP/1.0\r\nHost: teller.test\r\n\r\n");
    const told = (await connection.read()).json as Told;
    assert.deepEqual(told.cf, { httpProtocol: "HTTP/1.0" });
    assert.deepEqual(told.fields, { "cf-connecting-ip": "127.0.0.5" });
    connection.close();
  });

  test("what the app looks at when the response has ended is still there", async () => {
    const target = { port: server.port, from: "127.0.0.7" };
    await request(target, "teller.test", "/after", { headers: SPOOFED });
    const seen = async (): Promise<Told> =>
      (await request(server, "teller.test", "/seen")).json as Told;
    await until("waitUntil", async () => (await seen()).url?.endsWith("/after"));
    assert.equal((await seen()).fields["cf-connecting-ip"], "127.0.0.7");
    assert.deepEqual((await seen()).cf, { httpProtocol: "HTTP/1.1" });

    // Nobody knows any more whom the app asks for that has kept nothing: a client's word is no substitute.
    await request(target, "teller.test", "/loose", { headers: SPOOFED });
    await until("the timer", async () => (await seen()).url.endsWith("/loose"));
    const { "cf-connecting-ip": gone, ...others } = (await seen()).fields;
    assert.equal(gone, undefined);
    assert.equal(others["x-real-ip"], "6.6.6.6");
    assert.equal((await seen()).cf, undefined);

    // By an orderly end, and by a reset, after which the system does not know the peer any more.
    for (const [from, leave] of [
      ["127.0.0.8", (connection: Connection) => connection.close()],
      ["127.0.0.9", (connection: Connection) => connection.socket.resetAndDestroy()],
    ] as const) {
      const leaving = await Connection.open({ port: server.port, from });
      await leaving.send(requestBytes("teller.test", `/gone?${from}`));
      await new Promise((done) => setTimeout(done, 100));
      leave(leaving);
      await until("the client is missed", async () => (await seen()).url.endsWith(`?${from}`));
      const told = await seen();
      assert.equal(told.fields["cf-connecting-ip"], from);
    }
  });
});

describe("behind proxies", () => {
  const scope = suiteScope();
  let server: Server;
  before(async () => {
    const { dist, config } = await buildApps(scope, apps(), {
      access_log: "json",
      clients: {
        trusted_proxies: ["127.0.0.1", "10.0.0.0/8"],
        headers: FIELDS,
        cf: { colo: "FRA", tlsVersion: "TLSv1.3" },
        cf_headers: { country: "cf-ipcountry", asn: "x-asn" },
      },
    });
    server = await serve(scope, dist, { config });
  });

  const FORWARDED = {
    "X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.0.0.2",
    "X-Forwarded-Proto": "https",
    "CF-Connecting-IP": "6.6.6.6",
    "CF-IPCountry": "DE",
    "X-ASN": "64496",
  };
  const CF = { colo: "FRA", tlsVersion: "TLSv1.3", country: "DE", asn: 64496 };
  const TOLD = {
    "cf-connecting-ip": "203.0.113.7",
    "x-real-ip": "203.0.113.7",
    "x-forwarded-for": "203.0.113.7, 10.0.0.2",
    "x-forwarded-proto": "https",
  };
  const ask = async (
    path: string,
    headers: Record<string, string> = FORWARDED,
    app = "teller",
    from = "127.0.0.1",
  ): Promise<Told> => {
    const target = { port: server.port, from };
    const response: Response = await request(target, `${app}.test`, path, { headers });
    assert.equal(response.status, 200, response.text);
    return response.json as Told;
  };

  test("the client is the rightmost address that is not a proxy's", async () => {
    assert.deepEqual(await ask("/"), { url: "https://teller.test/", cf: CF, fields: TOLD });
    const apart = await ask("/", { ...FORWARDED, "X-Forwarded-For": "garbage" });
    assert.equal(apart.fields["cf-connecting-ip"], "127.0.0.1");
    assert.deepEqual((await ask("/", {})).fields, {
      "cf-connecting-ip": "127.0.0.1",
      "x-real-ip": "127.0.0.1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
    });
  });

  test("who is no proxy is believed nothing", async () => {
    assert.deepEqual(await ask("/", FORWARDED, "teller", "127.0.0.66"), {
      url: "http://teller.test/",
      cf: { httpProtocol: "HTTP/1.1", colo: "FRA", tlsVersion: "TLSv1.3" },
      fields: {
        "cf-connecting-ip": "127.0.0.66",
        "x-real-ip": "127.0.0.66",
        "x-forwarded-for": "127.0.0.66",
        "x-forwarded-proto": "http",
      },
    });
  });

  test("copies of a request have the same", async () => {
    for (const path of ["/clone", "/again", "/moved"]) {
      const { cf, fields } = await ask(path);
      assert.deepEqual([cf, fields], [CF, TOLD], path);
    }
    const looked = await ask("/looked");
    assert.deepEqual([looked.cf, looked.fields], [{ ...CF, mine: 1 }, TOLD]);
    assert.deepEqual((await ask("/own")).cf, { colo: "own", deep: { a: [1] } });
    assert.deepEqual(await ask("/apart"), [{ a: 1 }, { a: 2 }, true, true, false]);
    assert.deepEqual(await ask("/wrong"), ["TypeError", "TypeError", null, null, "TypeError"]);
  });

  test("another app is told what its caller passes on", async () => {
    for (const [app, host] of [
      ["teller", "other.test"],
      // In a worker process of its own, from there and to there.
      ["apart", "other.test"],
      ["caller", "other.test"],
    ] as const) {
      const passed = await ask("/pass", FORWARDED, app);
      assert.deepEqual(passed, { url: `http://${host}/`, cf: CF, fields: TOLD }, app);
      const made = await ask("/made", FORWARDED, app);
      assert.deepEqual([made.cf, made.fields], [{ colo: "made" }, {}], app);
      assert.equal(await ask("/longest", FORWARDED, app), true, app);
      const bare = await ask("/bare", FORWARDED, app);
      assert.deepEqual([bare.cf, bare.fields], [undefined, {}], app);
    }
  });

  test("a client cannot have that left out", async () => {
    const Connection = "keep-alive, CF-Connecting-IP ,x-real-ip, X-Forwarded-For";
    for (const path of ["/", "/pass"]) {
      const { fields } = await ask(path, { ...FORWARDED, Connection });
      assert.deepEqual(fields, TOLD, path);
    }
  });

  test("so is an app in a process of its own told that the connection is handed to", async () => {
    const [worker] = await until("its worker", () => {
      const workers = groupWorkers(server, "app:apart");
      return workers.length > 0 && workers;
    });
    assert.ok(worker);
    assert.deepEqual(await ask("/", FORWARDED, "apart"), {
      url: "https://apart.test/",
      cf: CF,
      fields: TOLD,
    });
    const direct = await ask("/", FORWARDED, "apart", "127.0.0.66");
    assert.equal(direct.fields["cf-connecting-ip"], "127.0.0.66");
  });

  test("the client's address goes to no stranger", async (t) => {
    const origin = await originOf(t, (peer) =>
      peer.answer(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    );
    const answer = await request(server, "teller.test", "/out", {
      headers: { ...FORWARDED, "X-Origin": origin.url },
    });
    assert.equal(answer.text, "ok");
    const [got] = origin.requests;
    assert.equal(got!.header("cf-connecting-ip"), undefined);
    assert.equal(got!.header("x-real-ip"), "203.0.113.7");
    assert.equal(got!.header("x-forwarded-for"), "203.0.113.7, 10.0.0.2");
  });

  test("the log has the client's address", async () => {
    const before = server.log.length;
    await ask("/?logged");
    await ask("/?logged", FORWARDED, "apart");
    await ask("/?logged", FORWARDED, "teller", "127.0.0.66");
    const lines = (): LogLine[] =>
      server.log.slice(before).filter(({ target }) => target === "/?logged");
    await until("three lines", () => lines().length === 3);
    assert.deepEqual(
      lines().map(({ peer }) => peer),
      ["203.0.113.7", "203.0.113.7", "127.0.0.66"],
    );
  });
});

test("each field that proxies may say it in", async (t) => {
  const { dist, directory, config } = await buildApps(t, { teller: TELLER });
  const tell = async (
    clients: Record<string, unknown>,
    headers: Record<string, string>,
  ): Promise<Told> => {
    writeConfig(directory, { teller: { files: "", default: true } }, { clients });
    const server = await serve(t, dist, { config });
    const response = await request(server, "teller.test", "/", { headers });
    await server.stop();
    return response.json as Told;
  };
  const trusted_proxies = "127.0.0.0/8";
  const forwarded = await tell(
    { trusted_proxies, forwarded_header: "Forwarded" },
    {
      Forwarded: 'for="6.6.6.6, for="[2001:db8::7]:4711";proto=https, for=127.0.0.2',
      "X-Forwarded-For": "6.6.6.6",
      "X-Forwarded-Proto": "http",
    },
  );
  assert.equal(forwarded.fields["cf-connecting-ip"], "2001:db8::7");
  assert.equal(forwarded.url, "https://teller.test/");
  assert.deepEqual(forwarded.cf, {});

  const named = await tell(
    { trusted_proxies, forwarded_header: "cf-connecting-ip", headers: ["cf-connecting-ip"] },
    { ...SPOOFED, "CF-Connecting-IP": "203.0.113.9" },
  );
  assert.equal(named.fields["cf-connecting-ip"], "203.0.113.9");
  assert.equal(named.fields["x-real-ip"], "6.6.6.6");

  const off = await tell({ headers: "off" }, SPOOFED);
  assert.equal(off.fields["cf-connecting-ip"], "6.6.6.6");
});

test("a request that is answered while the app is built has a cf, in which nothing is known", async (t) => {
  const source = `let built;
    export default {
      fetch(request) {
        built ??= [request.cf.country ?? null, JSON.stringify(request.cf), request.headers.get("cf-connecting-ip")];
        return Response.json([...built, request.cf.httpProtocol]);
      },
    };`;
  const { dist } = await buildApps(t, { app: { files: source, default: true, warmup: ["/"] } });
  const server = await serve(t, dist);
  assert.deepEqual((await request(server, "app.test", "/")).json, [null, "{}", null, "HTTP/1.1"]);
});

test("a running server says that it takes another rule over at its next start", async (t) => {
  const { dist, directory, config } = await buildApps(t, { teller: TELLER });
  const server = await serve(t, dist, { config });
  writeConfig(
    directory,
    { teller: { files: "", hosts: "teller.test" } },
    { clients: { trusted_proxies: "127.0.0.1" } },
  );
  process.kill(server.pid, "SIGHUP");
  await server.waitForLog("the key", ({ msg }) => msg.includes("server.clients.trusted_proxies"));
  const told = (await request(server, "teller.test", "/", {
    headers: { "X-Forwarded-For": "203.0.113.7" },
  }).then(({ json }) => json)) as Told;
  assert.equal(told.fields["cf-connecting-ip"], "127.0.0.1");
});
