// Stand-ins, while a snapshot is made, for what V8 installs when the snapshot is booted: so that an app
// which asks whether it is there, by `in`, hasOwn or a list of names, gets the answer that is true when
// requests are served. Nobody reads one: an app that does is found out by its rehearsal (watch.ts) and
// evaluated at its first request instead. Thread: the isolate's.
import { defineProperty, deleteProperty, ownProperty } from "../../../idl/primordials.ts";
import { resolve } from "./names.ts";

let held: { owner: object; key: PropertyKey; placeholder: () => void }[] = [];

/** Puts a stand-in at each of the names (one a line) that has nothing yet. */
export function holdPlaces(names: string): void {
  for (const name of names.split("\n")) {
    const place = name === "" ? undefined : resolve(name);
    if (place === undefined || ownProperty(place.owner, place.key) !== undefined) continue;
    const placeholder = () => {};
    const { owner, key } = place;
    const value = placeholder;
    defineProperty(owner, key, { value, writable: true, enumerable: false, configurable: true });
    held.push({ ...place, placeholder });
  }
}

/**
 * Takes the stand-ins away, the last first: so objects have the shape again that they had before. The
 * app may have patched every prototype meanwhile.
 */
export function freePlaces(): void {
  for (let i = held.length - 1; i >= 0; i--) {
    const { owner, key, placeholder } = held[i]!;
    if (ownProperty(owner, key)?.value === placeholder) deleteProperty(owner, key);
  }
  held = [];
}
