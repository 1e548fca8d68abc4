// Results for people.

/** Prints rows under a title, first column to the left, the others to the right. */
export function printTable(title: string, heads: string[], rows: string[][]): void {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd();
  console.log(`\n${title}\n`);
  for (const row of [heads, widths.map((width) => "─".repeat(width)), ...rows]) {
    console.log(`  ${line(row)}`);
  }
}

function goal(value: number | undefined, text: string, isMet: (value: number) => boolean): string {
  if (value === undefined || Number.isNaN(value)) return text;
  return `${text} ${isMet(value) ? "✓" : "✗"}`;
}

/** "≤ 2.5 ✓": a goal, and whether it is met. */
export const atMost = (value: number | undefined, limit: number) =>
  goal(value, `≤ ${limit}`, (each) => each <= limit);

/** "≥ 1.5 ✗" */
export const atLeast = (value: number | undefined, limit: number) =>
  goal(value, `≥ ${limit}`, (each) => each >= limit);
