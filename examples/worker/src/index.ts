// Variables of a wrangler file, one of them a value that is no text, and files beside the code.

interface Env {
  GREETING: string;
  LIMITS: { names: number };
}

export default {
  fetch(request: Request, env: Env): Response {
    const names = new URL(request.url).searchParams.getAll("name");
    if (names.length > 0 && names.length > env.LIMITS.names) {
      return new Response(`${env.LIMITS.names} names at most\n`, { status: 400 });
    }
    return new Response(`${env.GREETING}, ${names.join(" and ") || "world"}\n`);
  },
};
