// An honest app that computes: for so many milliseconds as the path says.
export default {
  fetch(request: Request): Response {
    const end = performance.now() + Number(new URL(request.url).pathname.slice(1));
    let rounds = 0;
    while (performance.now() < end) rounds++;
    return new Response(`${rounds}\n`);
  },
};
