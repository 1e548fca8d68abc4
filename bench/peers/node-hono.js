// Serves an app with hono's adapter for Node, which makes of a Request only what is asked for:
// node node-hono.js APP PORT.
import { serve } from "@hono/node-server";

const [, , path, port] = process.argv;
const { default: app } = await import(path);
const env = { ORIGIN: process.env.ORIGIN };
serve({ hostname: "127.0.0.1", port: Number(port), fetch: (request) => app.fetch(request, env) });
