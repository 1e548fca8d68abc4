// Reads the variables that nano.yaml gives it. They come with each request, because the values are
// those of the server and not of the build.

interface Env {
  GREETING: string;
  SERVER_HOME: string;
}

export default {
  fetch(_request: Request, env: Env): Response {
    return new Response(`${env.GREETING}! This server's home is ${env.SERVER_HOME}\n`);
  },
};
