// Calls with Node's http and an agent that keeps connections open, which costs Node least. What an app of
// apps/outbound does with fetch() is done here without; but for the service, whose hono needs Request and
// Response, it is also served without: node node-http.js APP PORT NAME.
import { Agent, createServer, get } from "node:http";
import { serve } from "@hono/node-server";

const [, , app, port, name] = process.argv;
const { ORIGIN } = process.env;
const origin = new URL(ORIGIN);
const agent = new Agent({ keepAlive: true });

// Not by a URL, which would be taken to pieces each time.
const call = (path) => get({ agent, host: origin.hostname, port: origin.port, path });

const ask = (path) =>
  new Promise((resolve, reject) => {
    call(path)
      .on("response", (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => resolve(JSON.parse(Buffer.concat(parts))));
        answer.on("error", reject);
      })
      .on("error", reject);
  });

async function fanOut(request, response) {
  const products = await Promise.all(Array.from({ length: 10 }, () => ask("/json")));
  const total = products.reduce((sum, { price }) => sum + price, 0);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ count: products.length, total }));
}

function proxy(request, response) {
  call(request.url)
    .on("response", (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    })
    .on("error", (error) => response.destroy(error));
}

async function service() {
  const { serviceWith } = await import(app);
  const { fetch } = serviceWith((url) => ask(url.slice(ORIGIN.length)));
  serve({
    hostname: "127.0.0.1",
    port: Number(port),
    fetch: (request) => fetch(request, { ORIGIN }),
  });
}

const listeners = { "fan-out": fanOut, proxy };
if (name in listeners) createServer(listeners[name]).listen(Number(port), "127.0.0.1");
else await service();
