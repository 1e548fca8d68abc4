// Certificates of a test's own authority, made by the openssl program.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./program.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

export interface Certificate {
  key: string;
  cert: string;
  /** The same, as files. */
  keyFile: string;
  certFile: string;
}

export interface CertificateOptions {
  /** Subject alternative names. */
  names?: string;
  /** Valid for so many days from now on; negative: it has expired. */
  days?: number;
  isSelfSigned?: boolean;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

async function openssl(...args: string[]): Promise<void> {
  const { status, stderr } = await run("openssl", args);
  assert.equal(status, 0, `openssl ${args.join(" ")}:\n${stderr}`);
}

export class Authority {
  readonly #folder: string;
  #count = 0;
  /** The PEM file by which it is trusted. */
  readonly file: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, "ca.pem");
  }

  static async make(scope: Scope): Promise<Authority> {
    const authority = new Authority(temporaryFolder(scope));
    const { file } = authority;
    const subject = ["-subj", "/CN=The test's authority", "-days", "2"];
    await openssl("req", "-x509", ...KEY, "-keyout", `${file}.key`, "-out", file, ...subject);
    return authority;
  }

  async certify(options: CertificateOptions = {}): Promise<Certificate> {
    const { names = "IP:127.0.0.1,DNS:localhost", days = 2, isSelfSigned = false } = options;
    const base = join(this.#folder, String(++this.#count));
    const [keyFile, certFile, extensions] = [`${base}.key`, `${base}.pem`, `${base}.ext`];
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    const request = ["-keyout", keyFile, "-out", `${base}.csr`, "-subj", "/CN=The test's server"];
    await openssl("req", ...KEY, ...request);
    const signer = isSelfSigned
      ? ["-signkey", keyFile]
      : ["-CA", this.file, "-CAkey", `${this.file}.key`, "-CAcreateserial"];
    const signing = [...signer, "-days", String(days), "-extfile", extensions];
    await openssl("x509", "-req", "-in", `${base}.csr`, "-out", certFile, ...signing);
    return {
      keyFile,
      certFile,
      key: readFileSync(keyFile, "utf8"),
      cert: readFileSync(certFile, "utf8"),
    };
  }

  /**
   * A list, in PEM, of certificates that the authority has revoked; with `hasExpired`, one of which there
   * should have been another by now.
   */
  async revoke(certificates: Certificate[], { hasExpired = false } = {}): Promise<string> {
    const base = join(this.#folder, `list${++this.#count}`);
    const config = `${base}.conf`;
    const lines = ["default_ca=a", "[a]", `database=${base}.index`, "default_md=sha256"];
    writeFileSync(config, lines.join("\n"));
    writeFileSync(`${base}.index`, "");
    const ca = ["ca", "-config", config, "-cert", this.file, "-keyfile", `${this.file}.key`];
    for (const { certFile } of certificates) await openssl(...ca, "-revoke", certFile);
    const valid = hasExpired
      ? ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200102000000Z"]
      : ["-crldays", "2"];
    await openssl(...ca, "-gencrl", ...valid, "-out", `${base}.pem`);
    return readFileSync(`${base}.pem`, "utf8");
  }
}
