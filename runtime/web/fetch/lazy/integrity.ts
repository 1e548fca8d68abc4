// Integrity metadata of requests (Subresource Integrity, section 3.3): "sha256-BASE64 sha512-BASE64?option".
// Thread: the isolate's.
import { SubtleHash } from "../../host/ops.ts";
import { indexOf, replaceAll, slice, toLowerCase } from "../../idl/primordials.ts";

interface Metadata {
  readonly hash: SubtleHash;
  /** The digest in base64url without padding, however it was written. */
  readonly digest: string;
}

/** Stronger ones have greater numbers. */
function hashOf(algorithm: string): SubtleHash | null {
  switch (toLowerCase(algorithm)) {
    case "sha256":
      return SubtleHash.Sha256;
    case "sha384":
      return SubtleHash.Sha384;
    case "sha512":
      return SubtleHash.Sha512;
    default:
      return null;
  }
}

function toBase64Url(base64: string): string {
  return replaceAll(replaceAll(replaceAll(base64, "+", "-"), "/", "_"), "=", "");
}

/** The strongest of the metadata; what is malformed or unknown is passed over. */
function parseMetadata(text: string): Metadata[] {
  let strongest: Metadata[] = [];
  let rest = replaceAll(replaceAll(replaceAll(text, "\t", " "), "\n", " "), "\r", " ");
  rest = `${replaceAll(rest, "\f", " ")} `;
  for (let space = indexOf(rest, " "); space !== -1; space = indexOf(rest, " ")) {
    const token = slice(rest, 0, space);
    rest = slice(rest, space + 1);
    const question = indexOf(token, "?");
    const expression = question === -1 ? token : slice(token, 0, question);
    const dash = indexOf(expression, "-");
    const hash = dash === -1 ? null : hashOf(slice(expression, 0, dash));
    if (hash === null) continue;
    if (strongest.length > 0 && strongest[0]!.hash > hash) continue;
    if (strongest.length > 0 && strongest[0]!.hash < hash) strongest = [];
    strongest[strongest.length] = { hash, digest: toBase64Url(slice(expression, dash + 1)) };
  }
  return strongest;
}

/** "Do bytes match metadataList?" */
export async function matchesIntegrity(bytes: Uint8Array, integrity: string): Promise<boolean> {
  const metadata = parseMetadata(integrity);
  if (metadata.length === 0) return true;
  const digest = ops.encodeBase64Url(await ops.digest(metadata[0]!.hash, bytes));
  for (let i = 0; i < metadata.length; i++) {
    if (metadata[i]!.digest === digest) return true;
  }
  return false;
}
