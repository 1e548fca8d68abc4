import { useMemo, useState } from "preact/hooks";
import type { Planet } from "../planets.ts";

const EARTH_RADIUS = 6371;

/** Moons beyond the first few are folded away; on the server, state has its initial value. */
function Moons({ names, shown = 3 }: { names: string[]; shown?: number }) {
  const [expanded] = useState(names.length <= shown);
  const visible = expanded ? names : names.slice(0, shown);
  return (
    <details open={expanded}>
      <summary>
        {names.length} {names.length === 1 ? "moon" : "moons"}
      </summary>
      {visible.join(", ")}
      {expanded ? null : " and more"}
    </details>
  );
}

export function PlanetPage({ planet }: { planet: Planet }) {
  const ratio = useMemo(() => (planet.radius / EARTH_RADIUS).toFixed(2), [planet]);
  return (
    <>
      <p>
        {planet.name} has {ratio} times the radius of the Earth.
      </p>
      {planet.moons.length > 0 && <Moons names={planet.moons} />}
      <a href="/">All planets</a>
    </>
  );
}
