// Ten calls at once, and what they come to.

import type { Env, Product } from "./origin.ts";

const CALLS = 10;

async function ask(url: string): Promise<Product> {
  return (await (await fetch(url)).json()) as Product;
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const url = `${env.ORIGIN}/json`;
    const products = await Promise.all(Array.from({ length: CALLS }, () => ask(url)));
    const total = products.reduce((sum, { price }) => sum + price, 0);
    return Response.json({ count: products.length, total });
  },
};
