// A copy of what `make install` installs whose program can be replaced while it runs.

import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDirectory } from "../../../tools/harness/paths.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

export class Installation {
  readonly prefix: string;
  readonly nano: string;

  constructor(scope: Scope) {
    this.prefix = temporaryFolder(scope);
    const lib = join(this.prefix, "lib/nano");
    for (const folder of [join(this.prefix, "bin"), lib]) mkdirSync(folder, { recursive: true });
    for (const name of ["engine", "libnano.so"]) {
      symlinkSync(join(buildDirectory, "lib/nano", name), join(lib, name));
    }
    this.nano = join(this.prefix, "bin/nano");
    this.restore();
  }

  /** Puts the real program in its place, as a package manager does: by another file of the same name. */
  restore(): void {
    // The launcher finds the rest by where it lies itself.
    copyFileSync(join(buildDirectory, "bin/nano"), `${this.nano}.new`);
    renameSync(`${this.nano}.new`, this.nano);
  }

  /** Puts a shell script in the program's place; `$real` is a program that works. */
  replace(script: string): void {
    const real = join(this.prefix, "bin/real/bin");
    mkdirSync(real, { recursive: true });
    copyFileSync(join(buildDirectory, "bin/nano"), join(real, "nano"));
    try {
      symlinkSync(join(this.prefix, "lib"), join(this.prefix, "bin/real/lib"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const text = `#!/bin/sh\nreal='${join(real, "nano")}'\n${script}\n`;
    writeFileSync(`${this.nano}.new`, text, { mode: 0o755 });
    renameSync(`${this.nano}.new`, this.nano);
  }
}
