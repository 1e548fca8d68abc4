// The smallest app: a module whose default export has a `fetch` method.
//
//   nanoc build examples/hello && nano serve
//   curl http://localhost:8080/

export default {
  fetch(): Response {
    return new Response("hello\n");
  },
};
