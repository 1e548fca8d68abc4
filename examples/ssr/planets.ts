export interface Planet {
  name: string;
  /** Mean radius in kilometres. */
  radius: number;
  moons: string[];
}

export const planets: Planet[] = [
  { name: "Mercury", radius: 2440, moons: [] },
  { name: "Venus", radius: 6052, moons: [] },
  { name: "Earth", radius: 6371, moons: ["Moon"] },
  { name: "Mars", radius: 3390, moons: ["Phobos", "Deimos"] },
  { name: "Jupiter", radius: 69911, moons: ["Io", "Europa", "Ganymede", "Callisto"] },
  { name: "Saturn", radius: 58232, moons: ["Mimas", "Enceladus", "Tethys", "Dione", "Titan"] },
  { name: "Uranus", radius: 25362, moons: ["Miranda", "Ariel", "Umbriel", "Titania", "Oberon"] },
  { name: "Neptune", radius: 24622, moons: ["Triton"] },
];
