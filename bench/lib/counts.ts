// Counts of machine instructions (bench/instructions), those of each release kept in bench/counts.tsv, and
// how the present ones differ. Counts do not depend on what else a machine does, so they can be kept where
// times cannot; they do depend on the engine's version and the processor's architecture.

/** What is counted, in the order in which it is printed and kept. */
export const KINDS = ["boot", "first request", "warm request"] as const;
export type Kind = (typeof KINDS)[number];

/** One app of one release. */
export interface Counts {
  release: string;
  /** As Node.js names it: x64, arm64. */
  arch: string;
  /** The engine's release. */
  engine: string;
  app: string;
  /** Instructions of each kind. */
  counts: Record<Kind, number>;
}

/** From this on a change is marked, in percent. */
export const SEEN = 3;

const COLUMNS = ["release", "arch", "engine", "app", ...KINDS];

/** Reads bench/counts.tsv: see the comment at its top. */
export function parseKept(text: string): Counts[] {
  const kept: Counts[] = [];
  let heads: string[] | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const cells = line.split("\t");
    if (heads === null) {
      heads = cells;
      if (heads.join() !== COLUMNS.join()) throw new Error(`columns: ${COLUMNS.join(", ")}`);
      continue;
    }
    const [release = "", arch = "", engine = "", app = "", ...numbers] = cells;
    const values = numbers.map(Number);
    if (cells.length !== COLUMNS.length || !values.every((n) => Number.isInteger(n) && n > 0)) {
      throw new Error(`line ${index + 1}: ${COLUMNS.length} columns, the last of whole numbers`);
    }
    const counts = Object.fromEntries(KINDS.map((kind, i) => [kind, values[i]]));
    kept.push({ release, arch, engine, app, counts: counts as Record<Kind, number> });
  }
  return kept;
}

/** A line of bench/counts.tsv. */
export function keptLine({ release, arch, engine, app, counts }: Counts): string {
  return [release, arch, engine, app, ...KINDS.map((kind) => counts[kind])].join("\t");
}

/** Reads what bench/instructions prints for one build. */
export function parseCounted(text: string, build: Omit<Counts, "app" | "counts">): Counts[] {
  return [
    ...text.matchAll(/^(\S+) +boot +(\d+) +first request +(\d+) +warm request +(\d+) /gm),
  ].map(([, app = "", ...numbers]) => {
    const counts = Object.fromEntries(KINDS.map((kind, i) => [kind, Number(numbers[i])]));
    return { ...build, app, counts: counts as Record<Kind, number> };
  });
}

/** The last kept counts of the same app and architecture. */
export function lastKept(kept: Counts[], { app, arch }: Counts): Counts | undefined {
  return kept.findLast((counts) => counts.app === app && counts.arch === arch);
}

/** "+3.1 %" */
export function difference(now: number, then: number): { percent: number; text: string } {
  const percent = (now / then - 1) * 100;
  return { percent, text: `${percent < 0 ? "" : "+"}${percent.toFixed(1)} %` };
}

/** A table's rows, and whether something costs SEEN percent more than in the release before. */
export function compare(now: Counts[], kept: Counts[]): { rows: string[][]; worse: boolean } {
  const rows: string[][] = [];
  let worse = false;
  for (const counts of now) {
    const before = lastKept(kept, counts);
    for (const kind of KINDS) {
      const count = counts.counts[kind];
      const row = [`${counts.app}, ${kind}`, count.toLocaleString("en")];
      if (before === undefined) {
        rows.push([...row, "none kept", "", ""]);
        continue;
      }
      const { percent, text } = difference(count, before.counts[kind]);
      const mark = percent >= SEEN ? "MORE" : percent <= -SEEN ? "less" : "";
      worse ||= percent >= SEEN;
      const other = before.engine === counts.engine ? "" : `, engine ${before.engine}`;
      rows.push([...row, text, `${before.release}${other}`, mark]);
    }
  }
  return { rows, worse };
}
