// Serves an app with Bun.serve: bun bun.js APP PORT.
const [, , path, port] = process.argv;
const { default: app } = await import(path);
Bun.serve({ hostname: "127.0.0.1", port: Number(port), fetch: app.fetch });
