// Samples of /metrics.

import assert from "node:assert/strict";

/** By their names and labels, as they are written. */
export function samplesOf(page: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of page.trimEnd().split("\n")) {
    if (line.startsWith("#")) continue;
    const space = line.lastIndexOf(" ");
    assert.ok(!samples.has(line.slice(0, space)), `${line} is there twice`);
    samples.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return samples;
}

/** An app's samples of a family by the values of another label, in their order. */
export function countsOf(
  samples: Map<string, number>,
  family: string,
  app: string,
  label: string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, value] of samples) {
    const match = /^(\w+)\{app="([^"]*)",(\w+)="([^"]*)"\}$/.exec(name);
    if (match?.[1] === family && match[2] === app && match[3] === label) counts[match[4]!] = value;
  }
  return counts;
}
