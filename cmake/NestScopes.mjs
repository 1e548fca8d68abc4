// Rewrites a bundle of esbuild, in which all modules share one function, so that they lie in functions
// within functions, each with few variables. Runs on the engine when NANO is built:
//
//   node --expose-internals NestScopes.mjs BUNDLE
//
// To a scope of 75 variables and more the engine adds a hash table of their names. It is part of
// every snapshot, and every boot hashes it anew: for the Web APIs' core, 3 % of all that a boot does.
//
// A new function begins only where nothing before it refers to anything in it, so the code is the same
// but for what it is wrapped in. (esbuild gives no inner variable the name of one that modules share.)
// The parser is the engine's own copy of acorn.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const acorn = createRequire(import.meta.url)("internal/deps/acorn/acorn/dist/acorn");

const MOST_VARIABLES = 74; // Below kScopeInfoMaxInlinedLocalNamesSize of V8.

const isNode = (value) => typeof value?.type === "string";

/** The nodes right below one, each with the name of the property that holds it. */
function children(node) {
  return Object.entries(node).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => [key, child]),
  );
}

/** The names that stand for variables; those that only name members of an object are left out. */
function variablesIn(node, found = new Set()) {
  if (node.type === "Identifier") found.add(node.name);
  const hasNameOnly = (key) =>
    !node.computed &&
    ((key === "property" && node.type === "MemberExpression") ||
      (key === "key" && /^(Property|PropertyDefinition|MethodDefinition)$/.test(node.type)));
  for (const [key, child] of children(node)) {
    if (!hasNameOnly(key)) variablesIn(child, found);
  }
  return found;
}

function declaredBy(statement) {
  if (statement.type === "VariableDeclaration") {
    // Defaults in patterns may count for too much, which does no harm.
    return statement.declarations.flatMap(({ id }) => [...variablesIn(id)]);
  }
  return /^(Function|Class)Declaration$/.test(statement.type) ? [statement.id.name] : [];
}

/** The function that esbuild puts all modules into. */
function findModules(node) {
  if (node.type === "ArrowFunctionExpression" && node.body.type === "BlockStatement")
    return node.body;
  for (const [, child] of children(node)) {
    const found = findModules(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readStatements(text, body) {
  let end = body.start + 1;
  return body.body.map((node) => {
    const begin = end;
    end = node.end;
    return {
      text: text.slice(begin, end), // With the comment before it, which names the module.
      declares: declaredBy(node),
      refers: variablesIn(node),
      exportsOf:
        node.expression?.callee?.name === "__export"
          ? node.expression.arguments[0].name
          : undefined,
    };
  });
}

/**
 * Joins what makes an object of a module's exports with the statement that uses it. esbuild puts it before
 * the module's code; there, a function further in would keep it, with a getter for each export.
 */
function joinExports(statements) {
  const isList = ({ exportsOf }) => exportsOf !== undefined;
  const names = new Set(statements.filter(isList).map(({ exportsOf }) => exportsOf));
  const isPart = ({ exportsOf, declares }) => names.has(exportsOf ?? declares[0]);
  const others = statements.filter((statement) => !isPart(statement));
  for (const name of names) {
    const at = others.findIndex(({ refers }) => refers.has(name));
    const parts = statements.filter(
      ({ exportsOf, declares }) => exportsOf === name || declares[0] === name,
    );
    others[at] = [...parts, others[at]].reduce((joined, { text, declares, refers }) => ({
      text: joined.text + text,
      declares: [...joined.declares, ...declares],
      refers: joined.refers.union(refers),
    }));
  }
  return others;
}

/** The indices of the statements that begin a function of their own. */
function findCuts(statements) {
  const places = new Map();
  statements.forEach(({ declares }, i) => declares.forEach((name) => places.set(name, i)));
  const cuts = [];
  let count = 0; // Of variables since the last cut.
  let sinceCandidate = 0; // … since the last place where a function could begin.
  let candidate = 0;
  let furthest = 0; // The last statement that those so far refer to.
  statements.forEach(({ declares, refers }, i) => {
    if (furthest < i) {
      candidate = i;
      sinceCandidate = 0;
    }
    count += declares.length;
    sinceCandidate += declares.length;
    if (count > MOST_VARIABLES && candidate > (cuts.at(-1) ?? 0)) {
      cuts.push(candidate);
      count = sinceCandidate;
    }
    for (const name of refers) furthest = Math.max(furthest, places.get(name) ?? 0);
  });
  return cuts;
}

function checkSizes(statements, cuts) {
  const bounds = [0, ...cuts, statements.length];
  for (let i = 1; i < bounds.length; i++) {
    const names = statements.slice(bounds[i - 1], bounds[i]).flatMap(({ declares }) => declares);
    if (names.length <= MOST_VARIABLES) continue;
    throw new Error(
      `${names.length} variables of modules refer to each other in a circle, or are declared by one ` +
        `statement, and cannot be put into scopes of ${MOST_VARIABLES} or fewer: ${names.join(", ")}`,
    );
  }
}

function nest(text) {
  const body = findModules(acorn.parseExpressionAt(text, 0, { ecmaVersion: "latest" }));
  const statements = joinExports(readStatements(text, body));
  const cuts = findCuts(statements);
  checkSizes(statements, cuts);
  const inner = statements.map(
    (statement, i) => (cuts.includes(i) ? "\n  return (() => {" : "") + statement.text,
  );
  const ends = "\n  })();".repeat(cuts.length);
  return text.slice(0, body.start + 1) + inner.join("") + ends + text.slice(body.body.at(-1).end);
}

const [path] = process.argv.slice(2);
writeFileSync(path, nest(readFileSync(path, "utf8")));
