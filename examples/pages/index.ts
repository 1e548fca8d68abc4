// A single-page application and its API: files are served without this code, which is asked for the rest.
//
//   curl http://pages.localhost:8080/
//   curl http://pages.localhost:8080/api/time
//   curl http://pages.localhost:8080/api/page

interface Env {
  ASSETS: { fetch: typeof fetch };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/time") return Response.json({ now: new Date().toISOString() });
    // The app's own files, changed on their way.
    if (pathname === "/api/page") {
      const page = await env.ASSETS.fetch(new URL("/", request.url));
      return new Response((await page.text()).replace("a page", "the API's page"), page);
    }
    return Response.json({ error: `nothing at ${pathname}` }, { status: 404 });
  },
};
