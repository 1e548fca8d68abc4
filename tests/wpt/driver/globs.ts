// Which tests a pattern means, on the command line and in expectation files.

function escape(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * A pattern is the path of a test or of a folder, with or without the slash at its end. `*` stands for
 * any part of a name, `**` for any part of a path. Without a variant it means all variants.
 */
export function matcher(pattern: string): (id: string) => boolean {
  const [path, ...variant] = pattern.replace(/^\//, "").split(/(?=[?#])/);
  const globbed = escape(path!.replace(/\/$/, ""))
    .replaceAll("**", "\0")
    .replaceAll("*", "[^/?#]*")
    .replaceAll("\0", "[^?#]*");
  const tail = variant.length > 0 ? escape(variant.join("")) : "(/[^?#]*)?([?#].*)?";
  const expression = new RegExp(`^${globbed}${tail}$`, "s");
  return (id) => expression.test(id);
}
