// Calls by https: whom an app trusts, and what is told of those whom it does not.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Authority, type Certificate, type CertificateOptions } from "../lib/certificates.ts";
import { failureOf } from "../lib/failing.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { answering, originOf, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";

describe("calls by https", () => {
  const scope = suiteScope();
  let server: Server;
  let authority: Authority;
  let revoked: Certificate;

  before(async () => {
    authority = await Authority.make(scope);
    revoked = await authority.certify();
    const folder = temporaryFolder(scope);
    const withList = (name: string, list: string) => {
      const ca = join(folder, `${name}.pem`);
      writeFileSync(ca, `${readFileSync(authority.file, "utf8")}${list}`);
      return { outbound: { ca } };
    };
    server = await serveAllInside(scope, {
      app: { outbound: { ca: authority.file } },
      listed: withList("listed", await authority.revoke([revoked])),
      outdated: withList("outdated", await authority.revoke([], { hasExpired: true })),
      other: {},
    });
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

  test("a revoked one, where the app has a revocation list", async () => {
    const origin = await answering(scope, () => response(200), { tls: revoked });
    const { code, message } = await failureOf(server, origin.url, "listed");
    assert.equal(code, "CERT_REVOKED");
    assert.match(message, /certificate revoked/);
    assert.equal(origin.requests.length, 0);
    const status = async (_: unknown, url: string) => (await fetch(url)).status;
    assert.equal(await runAs(server, "app", {}, status, origin.url), 200);
    assert.equal(await runAs(server, "listed", {}, status, (await serving()).url), 200);
  });

  test("a revocation list that has expired", async () => {
    const { code, message } = await failureOf(server, (await serving()).url, "outdated");
    assert.equal(code, "CRL_HAS_EXPIRED");
    assert.match(message, /the revocation list of the certificate's authority has expired/);
  });

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
