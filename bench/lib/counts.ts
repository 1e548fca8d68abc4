// Counts of machine instructions (bench/instructions), those of each release kept in bench/counts.tsv, and
// how the present ones differ. Counts do not depend on what else a machine does, so they can be kept where
// times cannot; they do depend on the engine's version and the processor's architecture.

/** What bench/instructions counts; an output without one of them is of a failure. */
export const APPS = ["hello", "hono"] as const;

/** What is kept of the tree between releases. */
export const UNRELEASED = "unreleased";

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

/** The text of bench/counts.tsv with new counts, instead of those of the same release and architecture. */
export function keep(text: string, counted: Counts[]): string {
  parseKept(text);
  const replaced = (line: string) => {
    const [release, arch] = line.split("\t");
    return counted.some((counts) => counts.release === release && counts.arch === arch);
  };
  const lines = text.trimEnd().split("\n");
  return [...lines.filter((line) => !replaced(line)), ...counted.map(keptLine), ""].join("\n");
}

/** Reads what bench/instructions prints for one build: counts of each of APPS. */
export function parseCounted(text: string, build: Omit<Counts, "app" | "counts">): Counts[] {
  const lines = text.matchAll(/^(\S+) +boot +(\d+) +first request +(\d+) +warm request +(\d+) /gm);
  const counted = Array.from(lines, ([, app = "", ...numbers]) => {
    const counts = Object.fromEntries(KINDS.map((kind, i) => [kind, Number(numbers[i])]));
    return { ...build, app, counts: counts as Record<Kind, number> };
  });
  for (const app of APPS) {
    const counts = counted.find((one) => one.app === app)?.counts;
    if (counts === undefined || !KINDS.every((kind) => counts[kind] > 0)) {
      throw new Error(`bench/instructions did not count ${app}:\n${text}`);
    }
  }
  return counted;
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

export interface Comparison {
  /** Of a table. */
  rows: string[][];
  /** Something costs SEEN percent more than when counts were last kept. */
  worse: boolean;
  /** Apps of which none were kept, on this architecture: nothing is known of them. */
  unknown: string[];
}

export function compare(now: Counts[], kept: Counts[]): Comparison {
  const rows: string[][] = [];
  const unknown: string[] = [];
  let worse = false;
  for (const counts of now) {
    const before = lastKept(kept, counts);
    if (before === undefined) unknown.push(counts.app);
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
  return { rows, worse, unknown };
}
