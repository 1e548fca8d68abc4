// All attacks, and the apps that make them: with a route for each, by its name.

import type { App } from "../lib/apps.ts";
import { BOMBS } from "./attacks/bombs.ts";
import { DEADLY } from "./attacks/deadly.ts";
import { ENDLESS } from "./attacks/endless.ts";
import { FLOODS, LASTING } from "./attacks/floods.ts";
import { WORKER, type Attack, type Attacks } from "./attacks/attack.ts";

/** `limits.cpu` of the apps, in milliseconds. */
const CPU = 200;
/** How long an isolate may go on when it was stopped, until its worker ends. */
const GRACE = 1000;

const KINDS = {
  endless: ENDLESS,
  bombs: BOMBS,
  floods: FLOODS,
  lasting: LASTING,
  deadly: DEADLY,
};
type Kind = keyof typeof KINDS;
export type Attacker = "attacker" | "lasting" | "deadly";

/** Those that end workers, or leave something behind, have apps of their own. */
const appOf = (kind: Kind): Attacker =>
  kind === "lasting" || kind === "deadly" ? kind : "attacker";

export interface NamedAttack extends Attack {
  kind: Kind;
  name: string;
  app: Attacker;
}

export const ATTACKS: NamedAttack[] = Object.entries(KINDS).flatMap(([kind, attacks]) =>
  Object.entries(attacks as Attacks).map(([name, attack]) => ({
    kind: kind as Kind,
    name,
    app: appOf(kind as Kind),
    ...attack,
  })),
);

/** How long an attack that had this outcome may keep its worker from anything else, in milliseconds. */
export const budgetOf = (outcome: string | number): number =>
  outcome === WORKER ? CPU + GRACE : CPU;

function attacker(name: Attacker, origin: string): App {
  const routes = ATTACKS.filter(({ app }) => app === name).map(
    ({ name, code }) => `${JSON.stringify(name)}: async (request, env) => { ${code} },`,
  );
  return {
    files: `// @ts-nocheck
const keep = [];
const ATTACKS = { ${routes.join("\n")} };
export default {
  async fetch(request, env) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    return (await ATTACKS[name]?.(request, env)) ?? new Response("survived");
  },
};`,
    env: { ORIGIN: origin },
    // What goes on when it has been answered does not hold up the version that follows.
    drain_timeout: "100ms",
    limits: {
      cpu: `${CPU}ms`,
      memory: "48MiB",
      external_memory: "64MiB",
      first_byte: "1s",
      duration: "2s",
    },
  };
}

/** By their names. */
export const attackers = (origin: string): Record<Attacker, App> => ({
  attacker: attacker("attacker", origin),
  lasting: attacker("lasting", origin),
  deadly: attacker("deadly", origin),
});
