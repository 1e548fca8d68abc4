// Notes that outlive the server: a namespace of KV, which all workers share. `kv` in ../nano.yaml says which.
//
//   curl -T README.md http://notes.localhost:8080/readme
//   curl http://notes.localhost:8080/readme
//   curl 'http://notes.localhost:8080/?prefix=re'
//   curl -X DELETE http://notes.localhost:8080/readme

interface Note {
  name: string;
  metadata?: { type?: string };
}

interface Env {
  NOTES: {
    getWithMetadata(
      key: string,
      type: "stream",
    ): Promise<{ value: ReadableStream | null; metadata: Note["metadata"] | null }>;
    put(key: string, value: ReadableStream | string, options?: object): Promise<void>;
    delete(key: string): Promise<void>;
    list(options: { prefix?: string }): Promise<{ keys: Note[] }>;
  };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = decodeURIComponent(pathname.slice(1));
    if (name === "") {
      const prefix = searchParams.get("prefix");
      // Also what the build asks for, which has no namespaces.
      if (prefix === null) return new Response("PUT, GET and DELETE /NAME; GET /?prefix= lists\n");
      const { keys } = await env.NOTES.list({ prefix });
      return Response.json(keys.map((note) => note.name));
    }
    switch (request.method) {
      case "PUT": {
        const type = request.headers.get("content-type") ?? "text/plain;charset=utf-8";
        await env.NOTES.put(name, request.body ?? "", { metadata: { type } });
        return new Response(null, { status: 204 });
      }
      case "DELETE":
        await env.NOTES.delete(name);
        return new Response(null, { status: 204 });
      default: {
        const { value, metadata } = await env.NOTES.getWithMetadata(name, "stream");
        if (value === null) return new Response("There is no such note.\n", { status: 404 });
        return new Response(value, { headers: { "content-type": metadata?.type ?? "text/plain" } });
      }
    }
  },
};
