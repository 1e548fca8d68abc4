// A JSON service on hono: one call, and something is added to what it answers.

import { Hono } from "hono";
import type { Env, Product } from "./origin.ts";

/** The service, calling by what it is given: not every peer is measured with fetch(). */
export function serviceWith(ask: (url: string) => Promise<Product>): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.get("/products/:id", async (c) => {
    const product = await ask(`${c.env.ORIGIN}/json`);
    const stock = Object.values(product.stock).reduce((sum, each) => sum + each, 0);
    return c.json({ ...product, asked: c.req.param("id"), available: stock > 0, inStock: stock });
  });
  return app;
}

export default serviceWith(async (url) => (await (await fetch(url)).json()) as Product);
