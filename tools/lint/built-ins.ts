// A rule for the Web APIs: an app may patch what it finds on built-ins (`Map.prototype.get = …`), and must
// break only itself. So nothing in runtime/web reads a method or a getter off a built-in, neither off its
// prototype (`map.get(key)`) nor off itself (`Object.keys(…)`), while apps run. Two places may: the top level
// of a module of the core, which runs while the base snapshot is made, before any app (this is how
// idl/primordials.ts captures them), and what only runs in builds. Modules of lazy groups are evaluated late,
// so that their top level is no exception.
//
// Types tell what is a built-in: a property counts if its declaration is one of TypeScript's libraries and
// the engine that runs this has it, replaceable, on the prototype or constructor of that name. Syntax that
// calls methods (for-of, spread, await) is not looked at.
//
//   built-ins.ts [TSCONFIG]    default: that of runtime/web
import { dirname, join, relative, resolve } from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import type { Node, SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";
import type { Project, Symbol as TypeSymbol } from "typescript/unstable/sync";

const root = resolve(import.meta.dirname, "../..");
const WEB_APIS = join(root, "runtime/web/tsconfig.json");

/** Modules of lazy groups: of paths that are relative to the folder of the tsconfig.json. */
const LATE = /(^|\/)lazy\//;

/**
 * Run before any app does, or in builds alone: the installation of the globals, and the rehearsal, which
 * patches built-ins itself to watch what apps do with them.
 */
const EXEMPT = /(^|\/)rehearsal\/|^globals\.ts$/;

/**
 * Getters of the memory behind typed arrays, which every body passes through. The optimising compiler
 * knows them by name; a captured getter would be a call for each read.
 */
const MEMORY =
  /^(ArrayBuffer|DataView|\w+Array)\.prototype\.(buffer|byteLength|byteOffset|length)$/;

export interface Finding {
  /** "FILE:LINE:COLUMN", the file relative to the working directory. */
  place: string;
  /** As in "Map.prototype.get". */
  what: string;
}

/** What TypeScript's libraries call types that share an object with another. */
const aliases = new Map([
  ["CallableFunction", "Function"],
  ["NewableFunction", "Function"],
  ["ReadonlyArray", "Array"],
  ["ReadonlyMap", "Map"],
  ["ReadonlySet", "Set"],
  ["IteratorObject", "Iterator"],
]);

function lookUp(object: unknown, key: string): PropertyDescriptor | undefined {
  for (let at = object; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** The name of a property that apps can replace; undefined if it is none. */
function replaceable(type: string, key: string): string | undefined {
  if (key === "constructor") return undefined; // Names objects in messages; nothing relies on it.
  const ofConstructor = type.match(/^(\w+)Constructor$/)?.[1];
  const name = ofConstructor ?? aliases.get(type) ?? type;
  const global: unknown =
    Reflect.get(globalThis, name) ?? (Reflect.get(Intl, name) as unknown) ?? undefined;
  if (global === undefined) return undefined;
  const onPrototype = ofConstructor === undefined && typeof global === "function";
  const descriptor = lookUp(onPrototype ? global.prototype : global, key);
  if (descriptor === undefined || !descriptor.configurable) return undefined;
  if (descriptor.get === undefined && typeof descriptor.value !== "function") return undefined;
  const path = `${name}.${onPrototype ? "prototype." : ""}${key}`;
  return MEMORY.test(path) ? undefined : path;
}

function isFunction({ kind }: Node): boolean {
  return (
    kind === SyntaxKind.FunctionDeclaration ||
    kind === SyntaxKind.FunctionExpression ||
    kind === SyntaxKind.ArrowFunction ||
    kind === SyntaxKind.MethodDeclaration ||
    kind === SyntaxKind.Constructor ||
    kind === SyntaxKind.GetAccessor ||
    kind === SyntaxKind.SetAccessor
  );
}

/** A field of instances is initialised when there is one. */
function isInstanceField(node: Node): boolean {
  if (node.kind !== SyntaxKind.PropertyDeclaration) return false;
  const { modifiers } = node as Node & { modifiers?: readonly Node[] };
  return !(modifiers ?? []).some(({ kind }) => kind === SyntaxKind.StaticKeyword);
}

/** Names of properties that code reads which may run while an app does. */
interface Reads {
  /** Each has the property's symbol. */
  names: Node[];
  /** `const { name } = object`: the property is one of the pattern's type. */
  patterns: { pattern: Node; name: Node; key: string }[];
}

function readsOf(file: SourceFile, late: boolean): Reads {
  const reads: Reads = { names: [], patterns: [] };
  function visit(node: Node, running: boolean): void {
    const now = running || isFunction(node) || isInstanceField(node);
    if (now) {
      const { name, argumentExpression, propertyName } = node as Node & Record<string, Node>;
      if (node.kind === SyntaxKind.PropertyAccessExpression) {
        reads.names.push(name!);
      } else if (node.kind === SyntaxKind.ElementAccessExpression) {
        reads.names.push(argumentExpression!);
      } else if (
        node.kind === SyntaxKind.BindingElement &&
        node.parent.kind === SyntaxKind.ObjectBindingPattern
      ) {
        const key = propertyName ?? name!;
        reads.patterns.push({ pattern: node.parent, name: key, key: key.getText() });
      }
    }
    node.forEachChild((child) => visit(child, now));
  }
  visit(file, late);
  return reads;
}

/** The interfaces of TypeScript's libraries that declare a property; a union's members have several. */
function librariesOf(symbol: TypeSymbol, project: Project): string[] {
  return symbol.declarations
    .filter(({ path }) => /\/lib\.[^/]*\.d\.ts$/.test(path))
    .map((handle) => {
      const { parent } = handle.resolve(project)!;
      return (parent as Node & { name?: Node }).name?.getText() ?? symbol.getParent()?.name ?? "";
    });
}

function check(project: Project, file: SourceFile, late: boolean): Finding[] {
  const { names, patterns } = readsOf(file, late);
  const { checker } = project;
  const symbols = checker.getSymbolAtLocation(names).map((symbol, i) => ({
    node: names[i]!,
    symbol,
  }));
  for (const { pattern, name, key } of patterns) {
    const type = checker.getTypeAtLocation(pattern);
    symbols.push({ node: name, symbol: type && checker.getPropertyOfType(type, key) });
  }
  const findings: Finding[] = [];
  for (const { node, symbol } of symbols) {
    if (symbol === undefined) continue;
    const types = new Set(librariesOf(symbol, project));
    for (const type of types) {
      const what = replaceable(type, symbol.name);
      if (what === undefined) continue;
      const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
      const place = `${relative(process.cwd(), file.fileName)}:${line + 1}:${character + 1}`;
      findings.push({ place, what });
      break;
    }
  }
  return findings;
}

/** Checks the files of a project that are in its folder. */
export function findReads(tsconfig: string): { files: number; findings: Finding[] } {
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [tsconfig] }).getProject(tsconfig);
    if (project === undefined) throw new Error(`${tsconfig}: no such project`);
    const folder = `${dirname(tsconfig)}/`;
    const findings: Finding[] = [];
    let files = 0;
    for (const name of project.program.getSourceFileNames()) {
      if (!name.startsWith(folder) || name.endsWith(".d.ts")) continue;
      const path = name.slice(folder.length);
      if (EXEMPT.test(path)) continue;
      files++;
      findings.push(...check(project, project.program.getSourceFile(name)!, LATE.test(path)));
    }
    return { files, findings };
  } finally {
    api.close();
  }
}

if (import.meta.main) {
  const { files, findings } = findReads(resolve(process.argv[2] ?? WEB_APIS));
  for (const { place, what } of findings) {
    console.log(
      `${place}: ${what} is read while apps run, which may have patched it: capture it ` +
        "(idl/primordials.ts)",
    );
  }
  if (files === 0) console.log("tools/lint/built-ins.ts: the project has no files");
  process.exitCode = findings.length > 0 || files === 0 ? 1 : 0;
}
