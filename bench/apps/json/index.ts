// JSON in, JSON out.

interface Order {
  items: { price: number; quantity: number }[];
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { items } = (await request.json()) as Order;
    const total = items.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
    return Response.json({ count: items.length, total });
  },
};
