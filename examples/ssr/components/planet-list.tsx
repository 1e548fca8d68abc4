import type { Planet } from "../planets.ts";

export function PlanetList({ planets }: { planets: Planet[] }) {
  return (
    <ul>
      {planets.map(({ name, radius }) => (
        <li key={name}>
          <a href={`/planets/${name.toLowerCase()}`}>{name}</a> ({radius} km)
        </li>
      ))}
    </ul>
  );
}
