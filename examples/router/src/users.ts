// The routes below /users. They are kept in memory: each isolate has a copy of its own, and it is
// gone with the isolate.

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";

interface User {
  id: number;
  name: string;
}

const byId = new Map<number, User>([
  [1, { id: 1, name: "Ada" }],
  [2, { id: 2, name: "Alan" }],
]);

export const users = new Hono();

users.get("/", (c) => {
  const part = c.req.query("name")?.toLowerCase() ?? "";
  return c.json([...byId.values()].filter((user) => user.name.toLowerCase().includes(part)));
});

users.get("/:id{[0-9]+}", (c) => {
  const id = Number(c.req.param("id"));
  const user = byId.get(id);
  if (!user) throw new HTTPException(404, { message: `there is no user ${id}` });
  return c.json(user);
});

users.post("/", async (c) => {
  const { name } = await c.req.json<Partial<User>>().catch(() => {
    throw new HTTPException(400, { message: "the body is not JSON" });
  });
  if (!name) throw new HTTPException(422, { message: "a user needs a name" });
  const user: User = { id: byId.size + 1, name };
  byId.set(user.id, user);
  c.header("location", `/users/${user.id}`);
  return c.json(user, 201);
});
