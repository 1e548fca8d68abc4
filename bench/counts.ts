// bench/counts: instructions of the present tree beside those that were kept last.

import { parseArgs } from "node:util";
import { keepInstructions, measureInstructions } from "./measure/instructions.ts";

const HELP = `Counts the instructions of a boot, a first and a warm request, of hello and of hono, and says by how
many percent they differ from the last ones in bench/counts.tsv. The exit status is 1 if one of them rose by
3 % or more, or if none were kept for this architecture.

  bench/counts                     compare
  bench/counts --keep RELEASE      count and keep them in bench/counts.tsv, instead of older ones of
                                   RELEASE: a step of each release
  bench/counts --keep unreleased   the same between releases, once a change of the costs is meant
`;

const { values } = parseArgs({
  options: { keep: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
});
if (values.help) process.stdout.write(HELP);
else if (values.keep !== undefined) keepInstructions(values.keep);
else process.exitCode = measureInstructions() ? 1 : 0;
