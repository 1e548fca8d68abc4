// Folders that live as long as a test.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** What a test or a suite offers to clean up after itself. */
export interface Scope {
  after(action: () => void | Promise<void>): void;
}

/**
 * The scope of a suite, for its `before`; called in the suite's own body, because a hook that is
 * registered while `before` runs belongs to `before`.
 */
export function suiteScope(): Scope {
  const actions: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const action of actions.toReversed()) await action();
  });
  return { after: (action) => void actions.push(action) };
}

/** A new, empty folder, removed at the end of the test. */
export function temporaryFolder(scope: Scope): string {
  const path = mkdtempSync(join(tmpdir(), "nano-e2e-"));
  scope.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
