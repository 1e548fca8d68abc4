// Serves an app with Bun.serve: bun bun.js APP PORT.
const [, , path, port] = process.argv;
const { default: app } = await import(path);
const env = { ORIGIN: process.env.ORIGIN };
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  fetch: (request) => app.fetch(request, env),
});
