// JSON in, checked by zod, field errors out. The schemas are made while the app is built; requests
// find them in the snapshot.
//
//   curl -H 'content-type: application/json' http://validate.localhost:8080/ \
//     -d '{"email":"ada@example.com","items":[{"sku":"AB-1234","quantity":2}]}'
//   curl -i http://validate.localhost:8080/ -d '{"email":"ada","items":[]}'

import { z } from "zod";

const Item = z.object({
  sku: z.string().regex(/^[A-Z]{2}-\d{4}$/, "expected a code like AB-1234"),
  quantity: z.int().positive().max(100),
});

const Order = z.object({
  email: z.email(),
  items: z.array(Item).min(1, "an order needs an item"),
  note: z.string().trim().max(200).default(""),
});

type Order = z.infer<typeof Order>;

/** What the customer is told: one message for each field, by its path ("items.0.quantity"). */
function fieldErrors(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(
    error.issues.map((issue) => [issue.path.join(".") || "(body)", issue.message]),
  );
}

function confirm({ email, items, note }: Order) {
  const pieces = items.reduce((sum, item) => sum + item.quantity, 0);
  return { message: `${pieces} pieces for ${email}`, note };
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") {
      return Response.json(
        { error: "send an order with POST" },
        { status: 405, headers: { allow: "POST" } },
      );
    }
    let body: unknown;
    try {
      body = await request.json();
    } catch {
      return Response.json({ error: "the body is not JSON" }, { status: 400 });
    }
    const order = Order.safeParse(body);
    if (!order.success) {
      return Response.json({ errors: fieldErrors(order.error) }, { status: 422 });
    }
    return Response.json(confirm(order.data), { status: 201 });
  },
};
