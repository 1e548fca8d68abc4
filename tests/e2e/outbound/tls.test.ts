// Calls by https: whom an app trusts, and what is told of those whom it does not.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Authority, type CertificateOptions } from "../lib/certificates.ts";
import { failureOf } from "../lib/failing.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { answering, originOf, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("calls by https", () => {
  const scope = suiteScope();
  let server: Server;
  let authority: Authority;

  before(async () => {
    authority = await Authority.make(scope);
    server = await serveAllInside(scope, { app: { outbound: { ca: authority.file } }, other: {} });
  });

  const serving = async (options?: CertificateOptions, more = {}) => {
    const tls = { ...(await authority.certify(options)), ...more };
    return answering(scope, () => response(200, {}, "secured"), { tls });
  };

  test("none, with a certificate of an authority that the app trusts", async () => {
    const { url } = await serving();
    for (let i = 0; i < 2; i++) {
      const text = await runAs(
        server,
        "app",
        {},
        async (_, url: string) => (await fetch(url)).text(),
        url,
      );
      assert.equal(text, "secured");
    }
  });

  for (const [what, code, options] of [
    ["another host's certificate", "ERR_TLS_CERT_ALTNAME_INVALID", { names: "DNS:other.test" }],
    ["an expired one", "CERT_HAS_EXPIRED", { days: -1 }],
    ["a self-signed one", "DEPTH_ZERO_SELF_SIGNED_CERT", { isSelfSigned: true }],
  ] as const) {
    test(what, async () => {
      const origin = await serving(options);
      assert.equal((await failureOf(server, origin.url)).code, code);
      assert.equal(origin.requests.length, 0);
    });
  }

  test("an authority that the app does not trust", async () => {
    const { url } = await serving();
    const { code } = await failureOf(server, url, "other");
    assert.match(code, /^(UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/);
  });

  test("TLS 1.1 only", async () => {
    const { url } = await serving(
      {},
      { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" },
    );
    assert.equal((await failureOf(server, url)).code, "ERR_TLS");
  });

  test("a server that does not speak it", async () => {
    const { port } = await originOf(scope, async (peer) => {
      await peer.connection.readSome();
      await peer.send(response(400));
    });
    const { code, message } = await failureOf(server, `https://127.0.0.1:${port}/`);
    assert.equal(code, "ERR_TLS", message);
  });

  test("https asked by http", async () => {
    const { port } = await serving();
    assert.equal((await failureOf(server, `http://127.0.0.1:${port}/`)).code, "ECONNRESET");
  });
});
