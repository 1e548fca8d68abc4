// One run: chooses tests, runs them, judges and reports.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { checkDocs } from "./docs.ts";
import {
  NO_EXPECTATIONS,
  readExpectations,
  skipReason,
  suiteOf,
  type Expectations,
} from "./expectations.ts";
import { matcher } from "./globs.ts";
import { Judge } from "./judge.ts";
import type { Options } from "./options.ts";
import { describeSuites, describeTest, showProgress, suggestion } from "./report.ts";
import { runTests, type Surroundings } from "./shell.ts";
import { findOwnTests, findTests, fingerprint, inapplicable, type Test } from "./suite.ts";
import { Tally, type Judgement } from "./tally.ts";

interface NotRun {
  suite: string;
  id: string;
  reason: string;
}

interface Choice {
  expectations: Expectations;
  /** All tests there are. */
  all: Test[];
  run: Test[];
  notRun: NotRun[];
}

function select(tests: Test[], patterns: readonly string[]): Test[] {
  if (patterns.length === 0) return tests;
  const matchers = patterns.map((pattern) => {
    const matches = matcher(pattern);
    if (!tests.some(({ id }) => matches(id))) throw new Error(`no test matches '${pattern}'`);
    return matches;
  });
  return tests.filter(({ id }) => matchers.some((matches) => matches(id)));
}

function choose(root: string, options: Options): Choice {
  const expectations = options.expectations
    ? readExpectations(resolve(import.meta.dirname, "../expectations"))
    : NO_EXPECTATIONS;
  const all = [...findTests(root), ...findOwnTests()];
  const choice: Choice = { expectations, all, run: [], notRun: [] };
  for (const test of select(all, options.patterns)) {
    const reason = inapplicable(root, test) ?? skipReason(expectations, test.id);
    if (reason === null) choice.run.push(test);
    else choice.notRun.push({ suite: suiteOf(expectations, test.path), id: test.id, reason });
  }
  return choice;
}

/** Prints what a run with these options would run. */
export function list(root: string, options: Options): void {
  const { run, notRun } = choose(root, options);
  for (const { id } of run) console.log(id);
  for (const { id, reason } of notRun) console.log(`${id}  (not run: ${reason})`);
}

function writeJson(file: string, tally: Tally, judgements: readonly Judgement[]): void {
  const tests = judgements.map(({ outcome, subtests }) => ({
    test: outcome.test.id,
    harness: outcome.harness,
    message: outcome.message,
    milliseconds: Math.round(outcome.milliseconds),
    subtests: subtests.map(({ name, status, message, verdict }) => {
      return status === "PASS" ? { name, status } : { name, status, message, verdict };
    }),
  }));
  const text = JSON.stringify({ suites: Object.fromEntries(tally.sorted()), tests }, null, 1);
  if (file === "-") console.log(text);
  else writeFileSync(file, `${text}\n`);
}

/** Runs tests. True if all came out as expected, and docs/web-apis.md says so. */
export async function run(
  repository: string,
  surroundings: Surroundings,
  options: Options,
): Promise<boolean> {
  // Results on the standard output are to be parsed.
  const print = options.json === "-" ? console.error : console.log;
  const choice = choose(surroundings.root, options);
  const { expectations, notRun } = choice;
  const tally = new Tally();
  const judge = new Judge(expectations);
  const judgements: Judgement[] = [];
  for (const { suite, id, reason } of notRun) {
    tally.skip(suite);
    if (options.verbose) print(`${id}  not run: ${reason}`);
  }
  await runTests(choice.run, surroundings, options.jobs, (outcome) => {
    const suite = suiteOf(expectations, outcome.test.path);
    const judgement = { outcome, suite, subtests: judge.judge(outcome) };
    judgements.push(judgement);
    tally.add(judgement);
    const text = describeTest(judgement, options.verbose);
    showProgress("");
    if (text !== "") print(text);
    showProgress(`${judgements.length} of ${choice.run.length} tests`);
  });
  showProgress("");
  // In the order of their names, whichever ended first.
  judgements.sort((a, b) => (a.outcome.test.id < b.outcome.test.id ? -1 : 1));

  const ids = choice.all.map(({ id }) => id);
  const stale = judge.stale(ids, new Set(choice.run.map(({ id }) => id)));
  for (const text of stale) print(text);
  if (options.suggest) print(suggestion(judgements));
  if (options.json !== null) writeJson(options.json, tally, judgements);
  print(describeSuites(tally));

  const unexpected = options.expectations ? tally.unexpected + stale.length : 0;
  // Nothing is documented that is not as expected, unless somebody asks for it.
  const whole = options.patterns.length === 0 && options.expectations;
  let docs: string | null = null;
  if (whole && (unexpected === 0 || options.updateDocs)) {
    const results = {
      repository,
      surroundings,
      fingerprint: fingerprint(surroundings.root, choice.all),
      tally,
      judgements,
      notRun,
    };
    docs = await checkDocs(results, options.updateDocs);
    if (docs !== null) print(docs);
  }
  const { passed, total } = tally.all;
  print(`wpt: ${passed} of ${total} subtests pass, ${unexpected} unexpected`);
  return unexpected === 0 && docs === null;
}
