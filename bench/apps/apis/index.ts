// Calls one of the Web APIs for as long as a request asks for: `/?case=NAME&ms=N` answers with the number
// of calls. The time that they took is measured from outside, where only this process's counts.
import { cases } from "./cases.ts";

/** Calls `run` for at least `ms` milliseconds; returns how often. */
async function repeat(run: () => unknown, ms: number): Promise<number> {
  const end = performance.now() + ms;
  const isAsync = run() instanceof Promise;
  let calls = 1;
  for (let batch = 1; performance.now() < end; batch = Math.min(2 * batch, 1024)) {
    if (isAsync) for (let i = 0; i < batch; i++) await run();
    else for (let i = 0; i < batch; i++) run();
    calls += batch;
  }
  return calls;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const name = searchParams.get("case");
    const found = cases.find((each) => each.name === name);
    if (found === undefined) return Response.json(cases.map((each) => each.name));
    try {
      const calls = await repeat(found.setUp(request), Number(searchParams.get("ms")));
      return Response.json({ calls });
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
