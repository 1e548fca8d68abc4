// The `// META: key=value` lines at the head of a test file.

export interface Meta {
  /** Scripts to run first, as they are written. */
  scripts: string[];
  /** Search parameters or fragments to run the test with, one at a time; [""] if there are none. */
  variants: string[];
  /** The scopes that the test is for; null: the default of its kind of file. */
  globals: string[] | null;
  title: string | null;
  long: boolean;
}

const LINE = /^\/\/\s*META:\s*(\w*)=(.*?)\s*$/;

/** Reads them as the suite's own server does: they stop at the first line that is none. */
export function parseMeta(source: string): Meta {
  const meta: Meta = { scripts: [], variants: [], globals: null, title: null, long: false };
  for (const line of source.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)) {
    const match = LINE.exec(line);
    if (match === null) break;
    const [, key, value] = match as unknown as [string, string, string];
    if (key === "script") meta.scripts.push(value);
    else if (key === "variant") meta.variants.push(value);
    else if (key === "title") meta.title = value;
    else if (key === "timeout") meta.long = value === "long";
    else if (key === "global") {
      const names = value.split(",").map((name) => name.trim());
      meta.globals = names.filter((name) => name !== "");
    }
  }
  if (meta.variants.length === 0) meta.variants.push("");
  return meta;
}
