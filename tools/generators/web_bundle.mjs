// Bundles the Web APIs' TypeScript into classic scripts. Runs on the engine when NANO is built:
//
//   node tools/generators/web_bundle.mjs SOURCES OUTPUT FOLDER...
//
// In the folder SOURCES is main.ts. Each FOLDER below it holds a lazy/ with the index.ts of a lazy group
// (runtime/web/host/lazy-groups.ts), which is called as the folder is. Written are core.js, a function expression
// that the runtime calls with its ops and that returns what it may call; and GROUP.js for each group, a
// function expression of the ops and of a list of shared values, which returns what the group exports.
//
// A class must exist once, so that a group takes what it imports from outside of the lazy folders from the
// core: that list. The core is given the list, and the names of the groups' globals (their capitalised
// exports), as the module "nano:bundle". The bundles are the same wherever NANO is built.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "../..");
const [sources, output, ...folders] = process.argv.slice(2).map((path) => resolve(path));

/** Modules of types and const enums, which vanish in every bundle. */
const INLINED = /\/host\/(?:ids|(?:[a-z]+-)?ops)\.ts$/;
const isLazy = (path) => path.includes("/lazy/");

const options = {
  absWorkingDir: root, // esbuild names files in comments, relative to it.
  bundle: true,
  charset: "ascii",
  format: "esm",
  legalComments: "none",
  logLevel: "error",
  metafile: true,
  outfile: join(root, "bundle.js"), // Not written.
  target: "es2024",
  write: false,
};

/** Bundles a module; `outside` says what becomes of an import: an esbuild result, or null to bundle it. */
async function bundle(entry, outside) {
  const boundary = {
    name: "boundary",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, (args) => {
        if (args.kind === "entry-point") return null;
        return outside(args.path, resolve(args.resolveDir, args.path));
      });
      onLoad({ filter: /./, namespace: "text" }, ({ pluginData }) => ({
        contents: pluginData,
        loader: "ts",
        resolveDir: sources,
      }));
    },
  };
  const result = await build({ ...options, entryPoints: [entry], plugins: [boundary] });
  const [details] = Object.values(result.metafile.outputs);
  return { text: result.outputFiles[0].text, exports: details.exports };
}

const textModule = (path, text) => ({ path, namespace: "text", pluginData: text });

/** A classic script: a function of `parameters` that returns the module's exports. */
function script(text, parameters) {
  const body = text.replace(/^export \{\n((?: {2}[^\n]*\n)+)\};\n$/m, (_, names) => {
    const members = names.replace(/^( {2})([^\s,]+) as ([^\s,]+)/gm, "$1$3: $2");
    return `return {\n${members}};\n`;
  });
  if (body === text) throw new Error("esbuild writes exports in another way than before");
  return `(function (${parameters}) { 'use strict';\n${body}})\n`;
}

/** A lazy group: its name, its globals, and by module what it imports from outside. */
async function readGroup(folder) {
  const name = basename(folder);
  const index = join(folder, "lazy/index.ts");
  const declaration = `interface LazyGroups { ${name}: typeof import("./index.ts");`;
  if (!readFileSync(index, "utf8").replaceAll(/\s+/g, " ").includes(declaration)) {
    throw new Error(
      `${relative(root, index)} does not say what the group is called. Add:\n\n` +
        `declare global {\n  interface LazyGroups {\n    ${name}: typeof import("./index.ts");\n  }\n}`,
    );
  }
  const inside = join(folder, "lazy/");
  const { text, exports } = await bundle(index, (path, absolute) => {
    if (absolute.startsWith(inside) || INLINED.test(absolute)) return null;
    if (isLazy(absolute)) {
      return {
        errors: [
          { text: `a group takes values of another one by load("…"), not by importing "${path}"` },
        ],
      };
    }
    return { path: relative(sources, absolute), external: true };
  });
  const imports = new Map();
  for (const [, list, module] of text.matchAll(/^import \{([^}]*)\} from "([^"]+)";$/gm)) {
    for (const item of list.split(",")) imports.set(item.trim().split(" ")[0], module);
  }
  if (/^import [^{]/m.test(text)) throw new Error(`${index}: import values by their names`);
  const globals = exports.filter((exported) => /^[A-Z]/.test(exported));
  return { name, index, inside, imports, globals };
}

/** All names that groups import, in order, each with its module. */
function shareList(groups) {
  const modules = new Map();
  for (const { name, imports } of groups) {
    for (const [imported, module] of imports) {
      const before = modules.get(imported) ?? module;
      if (before !== module) {
        throw new Error(
          `lazy groups import two things called ${imported}, of ${before} and, in ${name}, of ${module}`,
        );
      }
      modules.set(imported, module);
    }
  }
  return [...modules].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function writeGroup({ name, index, inside, imports }, shared) {
  // Each name is a variable of the bundle, however many files import it.
  const places = shared.flatMap(([imported], at) =>
    imports.has(imported) ? `export const ${imported} = shared[${at}];` : [],
  );
  const module = textModule("shared", places.join("\n"));
  const { text } = await bundle(index, (_, absolute) =>
    absolute.startsWith(inside) || INLINED.test(absolute) ? null : module,
  );
  writeFileSync(join(output, `${name}.js`), script(text, "ops, shared"));
}

async function writeCore(groups, shared) {
  const imports = shared.map(([name, module]) => `import { ${name} } from "./${module}";`);
  const globals = groups.flatMap(({ name, globals }) =>
    globals.flatMap((exported) => [exported, name]),
  );
  const twice = globals.find((name, at) => at % 2 === 0 && globals.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two lazy groups export an interface ${twice}`);
  const module =
    `${imports.join("\n")}\nexport const shared = [${shared.map(([name]) => name).join(", ")}];\n` +
    `export const lazyGlobals = ${JSON.stringify(globals)};\n`;
  const { text } = await bundle(join(sources, "main.ts"), (path, absolute) => {
    if (path === "nano:bundle") return textModule("nano:bundle", module);
    return isLazy(absolute)
      ? { errors: [{ text: `"${path}" is lazy: use it by load("…"), import types from it only` }] }
      : null;
  });
  writeFileSync(join(output, "core.js"), script(text, "ops"));
}

try {
  const groups = await Promise.all(folders.map(readGroup));
  const shared = shareList(groups);
  await Promise.all([
    writeCore(groups, shared),
    ...groups.map((group) => writeGroup(group, shared)),
  ]);
} catch (error) {
  console.error(`web_bundle.mjs: ${error.message}`);
  process.exitCode = 1;
}
