// Pages rendered on the server with Preact, in TSX (tsconfig.json says where JSX comes from).
//
//   curl http://ssr.localhost:8080/
//   curl http://ssr.localhost:8080/planets/saturn
//   curl -i http://ssr.localhost:8080/planets/pluto

import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { Layout } from "./components/layout.tsx";
import { PlanetList } from "./components/planet-list.tsx";
import { PlanetPage } from "./components/planet-page.tsx";
import { planets } from "./planets.ts";

function page(title: string, content: VNode, status = 200): Response {
  const html = renderToString(<Layout title={title}>{content}</Layout>);
  return new Response(`<!doctype html>${html}\n`, {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}

export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return page("Planets", <PlanetList planets={planets} />);

    const name = /^\/planets\/([a-z]+)$/.exec(pathname)?.[1];
    const planet = planets.find((planet) => planet.name.toLowerCase() === name);
    if (planet) return page(planet.name, <PlanetPage planet={planet} />);

    return page("Not found", <p>There is no such page.</p>, 404);
  },
};
