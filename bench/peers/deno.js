// Serves an app with Deno.serve: deno run --allow-all deno.js APP PORT.
const [path, port] = Deno.args;
const { default: app } = await import(path);
const env = { ORIGIN: Deno.env.get("ORIGIN") };
Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, (request) =>
  app.fetch(request, env),
);
