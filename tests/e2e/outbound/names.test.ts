// Names of hosts, as a name server of the test's answers for them: what fails, what is allowed of it, and
// which of several addresses is called.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { fullListener } from "../lib/full-listener.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { NameServer, nanoAsking, noNameServers } from "../lib/name-server.ts";
import { answering, originOf, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

/** Runs in the app: how a call and the reading of its body fail. */
const failing = (_: unknown, url: string, init: RequestInit) =>
  tell(fetch(url, init).then((response) => response.text()));

describe("names", { skip: noNameServers }, () => {
  const scope = suiteScope();
  let asking: Server;
  let names: Record<string, string[] | null>;
  let nameServer: NameServer;

  before(async () => {
    names = {};
    nameServer = await NameServer.start(
      scope,
      (name) => names[name] ?? (name in names ? null : []),
    );
    asking = await serveAllInside(
      scope,
      {
        app: { outbound: { timeouts: { connect: "5s" } } },
        hasty: { outbound: { timeouts: { connect: "200ms" } } },
        patient: { outbound: { timeouts: { connect: "60s" } } },
        careful: { outbound: { deny: ["127.0.0.2"] } },
      },
      { program: nanoAsking(scope, nameServer.address) },
    );
  });

  const failAsking = async (app: string, url: string) => {
    const { cause, message } = await runAs(asking, app, {}, failing, url, {});
    assert.ok(message.includes(new URL(url).hostname), message);
    return { code: cause?.code, message };
  };

  test("a name that does not exist", async () => {
    const { code, message } = await failAsking("app", "http://missing.test/");
    assert.equal(code, "ENOTFOUND");
    assert.match(message, /missing\.test:80/);
    assert.ok(nameServer.asked.includes("missing.test"));
  });

  test("a name server that does not answer", async () => {
    names["silent.test"] = null;
    const { code, message } = await failAsking("hasty", "http://silent.test/");
    assert.equal(code, "ERR_CONNECT_TIMEOUT");
    assert.match(message, /200 ms for the name look-up/);
  });

  test("nor in any time", async () => {
    names["silent.test"] = null;
    assert.equal((await failAsking("patient", "http://silent.test/")).code, "EAI_AGAIN");
  });

  test("aborting the look-up", async () => {
    names["mute.test"] = null;
    const told = await runAs(asking, "app", {}, async () => {
      const controller = new AbortController();
      const call = fetch("http://mute.test/", { signal: controller.signal });
      await new Promise((done) => setTimeout(done, 50));
      controller.abort("enough");
      return call.then(
        () => "a response",
        (reason) => reason as string,
      );
    });
    assert.equal(told, "enough");
    assert.ok(nameServer.asked.includes("mute.test"));
  });

  test("an address that is not allowed, behind a name that is", async () => {
    names["inside.test"] = ["127.0.0.2"];
    names["metadata.test"] = ["169.254.169.254"];
    assert.equal(
      (await failAsking("careful", "http://inside.test:1/")).code,
      "ERR_OUTBOUND_DENIED",
    );
    assert.equal((await failAsking("app", "http://metadata.test/")).code, "ERR_OUTBOUND_DENIED");
  });

  test("a name whose address changes to one that is not allowed", async () => {
    const origin = await answering(scope, () => response(200, { Connection: "close" }, "there"));
    names["turns.test"] = ["127.0.0.1"];
    const url = `http://turns.test:${origin.port}/`;
    const text = () =>
      runAs(
        asking,
        "careful",
        {},
        (_, url: string) =>
          fetch(url).then(
            (response) => response.text(),
            (error) => error.cause.code as string,
          ),
        url,
      );
    assert.equal(await text(), "there");
    names["turns.test"] = ["127.0.0.2"];
    // The answer is kept for a second.
    await new Promise((done) => setTimeout(done, 1_100));
    assert.equal(await text(), "ERR_OUTBOUND_DENIED");
  });

  test("a name whose address changes to one that is not allowed, through a proxy", async () => {
    const asked: string[] = [];
    const proxy = await originOf(scope, async (peer) => {
      const head = await peer.connection.readRequestHead();
      asked.push(`${head?.method} ${head?.target}`);
      await peer.send("HTTP/1.1 200 Here it is\r\n\r\n");
      await peer.request();
      await peer.send(response(200, { Connection: "close" }, "there"));
    });
    names["turns-there.test"] = ["127.0.0.1"];
    const own = await serveAllInside(
      scope,
      { app: { outbound: { proxy: proxy.url, allow: ["127.0.0.0/8"], deny: ["127.0.0.2"] } } },
      { program: nanoAsking(scope, nameServer.address) },
    );
    const outcome = () =>
      runAs(own, "app", {}, async () =>
        fetch("http://turns-there.test/").then(
          (response) => response.text(),
          (error) => error.cause.code as string,
        ),
      );
    assert.equal(await outcome(), "there");
    assert.deepEqual(asked, ["CONNECT 127.0.0.1:80"]);
    names["turns-there.test"] = ["127.0.0.2"];
    await new Promise((done) => setTimeout(done, 1_100));
    assert.equal(await outcome(), "ERR_OUTBOUND_DENIED");
    assert.equal(asked.length, 1);
  });

  test("a family whose address does not answer is not waited for", async () => {
    const origin = await answering(scope, () => response(200, {}, "there"));
    await fullListener(scope, { port: origin.port, isV6: true });
    names["dead.test"] = ["::1"];
    names["half-dead.test"] = ["::1", "127.0.0.1"];
    const { code } = await failAsking("hasty", `http://dead.test:${origin.port}/`);
    assert.equal(code, "ERR_CONNECT_TIMEOUT");
    const text = await runAs(
      asking,
      "app",
      {},
      async (_, url: string) => (await fetch(url)).text(),
      `http://half-dead.test:${origin.port}/`,
    );
    assert.equal(text, "there");
  });

  test("one address of several that answers will do", async () => {
    const origin = await answering(scope, () => response(200, {}, "there"));
    names["several.test"] = ["100::1", "127.0.0.9", "127.0.0.1"];
    const text = await runAs(
      asking,
      "app",
      {},
      async (_, url: string) => (await fetch(url)).text(),
      `http://several.test:${origin.port}/`,
    );
    assert.equal(text, "there");
  });
});
