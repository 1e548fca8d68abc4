// Bodies as streams, in both directions: nothing is held in memory as a whole.
//
//   curl -N http://stream.localhost:8080/ticks
//   curl -N 'http://stream.localhost:8080/count?to=100000' | tail -1
//   curl -T README.md http://stream.localhost:8080/echo
//   curl -T README.md http://stream.localhost:8080/shout

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** Server-sent events, one each 200 ms (HTML Standard, section 9.2). */
function ticks(count: number): Response {
  let timer: ReturnType<typeof setTimeout>;
  const events = new ReadableStream<Bytes>({
    start(controller) {
      let sent = 0;
      const tick = () => {
        sent += 1;
        controller.enqueue(encoder.encode(`id: ${sent}\ndata: tick ${sent} of ${count}\n\n`));
        if (sent === count) controller.close();
        else timer = setTimeout(tick, 200);
      };
      tick();
    },
    // The client went away.
    cancel() {
      clearTimeout(timer);
    },
  });
  return new Response(events, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

/** Lines made as fast as the client reads them, and no faster. */
function count(to: number): Response {
  let next = 1;
  const lines = new ReadableStream<Bytes>({
    pull(controller) {
      const end = Math.min(next + 1000, to + 1);
      let chunk = "";
      while (next < end) chunk += `${next++}\n`;
      controller.enqueue(encoder.encode(chunk));
      if (next > to) controller.close();
    },
  });
  return new Response(lines, { headers: { "content-type": "text/plain" } });
}

/** Text in capitals, translated part by part. */
function shout(body: ReadableStream<Bytes>): Response {
  const upperCase = new TransformStream<string, string>({
    transform(part, controller) {
      controller.enqueue(part.toUpperCase());
    },
  });
  const text = body.pipeThrough(new TextDecoderStream()).pipeThrough(upperCase);
  return new Response(text.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

export default {
  fetch(request: Request): Response {
    const url = new URL(request.url);
    switch (url.pathname) {
      case "/":
      case "/ticks":
        return ticks(5);
      case "/count": {
        const to = Number(url.searchParams.get("to") ?? 100);
        if (!Number.isInteger(to) || to < 1) {
          return new Response("count to a positive integer\n", { status: 400 });
        }
        return count(to);
      }
      case "/echo":
        return new Response(request.body);
      case "/shout":
        return request.body ? shout(request.body) : new Response(null, { status: 204 });
      default:
        return new Response("not found\n", { status: 404 });
    }
  },
};
