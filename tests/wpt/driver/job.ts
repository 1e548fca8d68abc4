// What the shell is to run for a test.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileOf, scriptPath, type Test } from "./suite.ts";

const ORIGIN_HOST = "web-platform.test";
const PORTS = { "http:": "8000", "https:": "8443" } as const;

/** What the suite's server puts for {{…}} in files named *.sub.*. */
function substitute(source: string): string {
  return source.replaceAll(/\{\{([^}]*)\}\}/g, (_, expression: string) => {
    const port = /^ports\[(\w+)\]\[(\d)\]$/.exec(expression);
    if (port !== null) return port[1] === "https" ? "8443" : `${8000 + Number(port[2])}`;
    const domain = /^(?:domains|hosts\[\w*\])\[([\w-]*)\]$/.exec(expression);
    if (domain !== null) return `${domain[1]!}${domain[1] === "" ? "" : "."}${ORIGIN_HOST}`;
    return expression === "host" ? ORIGIN_HOST : "";
  });
}

/** A script, in a file or at hand. */
export type Script = { name: string; path: string } | { name: string; source: string };

function suiteScript(root: string, path: string): Script {
  const file = fileOf(root, path);
  if (!path.includes(".sub.")) return { name: path, path: file };
  return { name: path, source: substitute(readFileSync(file, "utf8")) };
}

function locationOf(test: Test): Record<string, string> {
  const protocol = test.path.includes(".https.") ? "https:" : "http:";
  const page = test.path.replace(/\.js$/, ".html");
  const url = new URL(`${protocol}//${ORIGIN_HOST}:${PORTS[protocol]}/${page}${test.variant}`);
  const { href, origin, host, hostname, port, pathname, search, hash } = url;
  return { href, origin, protocol, host, hostname, port, pathname, search, hash };
}

const environment = join(import.meta.dirname, "../environment");

/** The scripts that make up a test, in the order in which they are run. `root` is the suite's copy. */
export function scriptsOf(test: Test, root: string): Script[] {
  const { meta } = test;
  const config = {
    location: locationOf(test),
    title: meta.title,
    idlharness: meta.scripts.some((script) => script.endsWith("/idlharness.js")),
  };
  const source = `globalThis.__wptConfig = ${JSON.stringify(config)};`;
  return [
    { name: "config.js", source },
    { name: "environment.js", path: join(environment, "environment.js") },
    { name: "/resources/testharness.js", path: join(root, "resources/testharness.js") },
    { name: "reporter.js", path: join(environment, "reporter.js") },
    ...meta.scripts.map((script) => suiteScript(root, scriptPath(test, script))),
    suiteScript(root, `/${test.path}`),
  ];
}
