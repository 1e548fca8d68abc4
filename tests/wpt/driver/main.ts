// The driver of the Web Platform Tests: the program behind tests/wpt/run.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { HELP, parseOptions, type Options } from "./options.ts";
import { list, run } from "./run.ts";
import { isSuite } from "./suite.ts";

const repository = resolve(import.meta.dirname, "../../..");
const root = resolve(process.env.WPT_DIR ?? join(repository, "../shared/wpt"));
const build = resolve(process.env.NANO_BUILD_DIR ?? join(repository, "build/release"));
const shell = join(build, "bin/nano-wpt-shell");

/** Runs the program; returns its exit status. Throws an Error for whoever typed the command. */
async function main(args: string[]): Promise<number> {
  const options: Options | null = parseOptions(args);
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  if (!isSuite(root)) {
    const required = process.env.WPT_REQUIRED === "1";
    console.log(
      `wpt: ${required ? "FAILED" : "SKIPPED"}: ` +
        `there is no copy of the Web Platform Tests at ${root}\n` +
        "wpt: to run them, check out https://github.com/web-platform-tests/wpt (versions.json in a copy\n" +
        "wpt: names the commits that it was made from) and set WPT_DIR to that folder",
    );
    return required ? 1 : 0;
  }
  if (options.list) {
    list(root, options);
    return 0;
  }
  if (!existsSync(shell)) {
    throw new Error(`${shell} is missing: build it with \`make\`, or set NANO_BUILD_DIR`);
  }
  const surroundings = { root, shell, timeout: options.timeout };
  return (await run(repository, surroundings, options)) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Mistakes of whoever runs it; a bug of the driver shows where it is.
  const { message, name, stack } = error as Error;
  console.error(`wpt: ${name === "Error" ? message : stack}`);
  process.exitCode = 2;
}
