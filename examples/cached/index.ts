// Answers what takes long from the cache (docs/cache.md): each page is made once for all workers of the machine,
// and again when its time has come.

declare global {
  interface CacheStorage {
    readonly default: Cache;
  }
}

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

/** Something that takes long. */
async function render(url: URL): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return new Response(`${url.pathname}, made at ${new Date().toISOString()}\n`, {
    headers: {
      // Shared caches keep it for a minute, and a browser asks each time.
      "cache-control": "s-maxage=60, max-age=0",
      etag: `"${crypto.randomUUID()}"`,
    },
  });
}

export default {
  async fetch(request: Request, _env: unknown, context: Context): Promise<Response> {
    if (request.method === "DELETE") {
      const found = await caches.default.delete(request, { ignoreMethod: true });
      return new Response(found ? "removed\n" : "there is none\n", { status: found ? 200 : 404 });
    }
    // With the client's conditions and ranges: who has the page already is answered with 304.
    const hit = await caches.default.match(request);
    if (hit !== undefined) return hit;
    const response = await render(new URL(request.url));
    // The client does not wait for the cache.
    context.waitUntil(caches.default.put(new Request(request.url), response.clone()));
    return response;
  },
};
