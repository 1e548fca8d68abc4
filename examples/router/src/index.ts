// A small JSON API on hono: middleware, parameters, JSON bodies, errors.
//
//   curl -i http://router.localhost:8080/
//   curl http://router.localhost:8080/users/1
//   curl -d '{"name":"Grace"}' -H 'content-type: application/json' http://router.localhost:8080/users
//   curl 'http://router.localhost:8080/users?name=a'
//   curl -i http://router.localhost:8080/nowhere
//   curl -i http://router.localhost:8080/fail

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { requestId } from "hono/request-id";
import { users } from "./users.ts";

const app = new Hono();

app.use(requestId());

app.get("/", (c) => c.text("Try /users, /users/1 or /fail\n"));

app.route("/users", users);

app.get("/fail", () => {
  throw new Error("on purpose");
});

app.notFound((c) => c.json({ error: `nothing at ${c.req.path}` }, 404));

app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  // Details belong in the log; the client learns that it was not its fault.
  console.error(error);
  return c.json({ error: "internal error" }, 500);
});

export default app;
