// The surroundings of a Web Platform Test, evaluated before testharness.js: what a test expects of the
// scope it runs in and of the server that it was loaded from, and NANO itself does not have.
//
// testharness.js finds no document and no worker scope and takes this for a JavaScript shell. The files
// of the suite are reached by fetch() at the test's origin; nothing else of fetch() is changed.
(() => {
  "use strict";
  const config = globalThis.__wptConfig;
  const read = globalThis.__wptRead;

  function define(name, value) {
    const property = { value, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(globalThis, name, property);
  }

  define("GLOBAL", {
    isWindow: () => false,
    isWorker: () => true,
    isShadowRealm: () => false,
  });
  if (config.title !== null) define("META_TITLE", config.title);

  const here = config.location;
  define("location", { ...here, toString: () => here.href });

  const TYPES = {
    css: "text/css",
    htm: "text/html",
    html: "text/html",
    idl: "text/plain",
    js: "text/javascript",
    json: "application/json",
    png: "image/png",
    txt: "text/plain",
    wasm: "application/wasm",
    xhtml: "application/xhtml+xml",
    xml: "text/xml",
  };

  function tryRead(path) {
    try {
      return read(path);
    } catch {
      return undefined; // The suite has no such file; the server would answer 404.
    }
  }

  function headersOf(path) {
    const headers = new Headers();
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
    if (type !== undefined) headers.set("content-type", type);
    const file = tryRead(`${path}.headers`);
    if (file === undefined) return headers;
    for (const line of new TextDecoder().decode(file).split(/\r?\n/)) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    return headers;
  }

  /** The one handler of the suite's server that is imitated: it answers with the request's body. */
  const ECHO = "/fetch/api/resources/echo-content.py";

  /** "?pipe=header(name,value)|status(404)": what the suite's server is to change of its answer. */
  function applyPipes(init, pipes) {
    for (const pipe of pipes.split("|")) {
      const [, name, list] = /^(\w+)\((.*)\)$/s.exec(pipe) ?? [];
      if (name === "status") init.status = Number(list);
      if (name !== "header") continue;
      const [header, value, append] = list.split(",");
      if (append === "True") init.headers.append(header, value);
      else init.headers.set(header, value);
    }
  }

  /** What the suite's server answers. */
  function serve(url, method) {
    const path = decodeURIComponent(url.pathname);
    const body = path.endsWith(".py") ? undefined : tryRead(path);
    if (body === undefined) return new Response("not found", { status: 404 });
    const init = { status: 200, headers: headersOf(path) };
    applyPipes(init, url.searchParams.get("pipe") ?? "");
    return new Response(method === "HEAD" ? null : body, init);
  }

  const { fetch } = globalThis;
  function fetchFromSuite(input, init = undefined) {
    const isRequest = input instanceof Request;
    let url;
    try {
      url = new URL(isRequest ? input.url : input, here.href);
    } catch (error) {
      return Promise.reject(error);
    }
    // A blob: URL has the origin of whoever made it.
    const isSuite = url.origin === here.origin && url.protocol === here.protocol;
    if (!isSuite) return fetch(input, init);
    return (async () => {
      const request = new Request(isRequest ? input : url, init);
      request.signal.throwIfAborted();
      if (url.pathname === ECHO) return new Response(await request.bytes());
      return serve(url, request.method);
    })();
  }
  Object.defineProperty(fetchFromSuite, "name", { value: "fetch", configurable: true });
  Object.defineProperty(fetchFromSuite, "length", { value: 1, configurable: true });
  define("fetch", fetchFromSuite);
})();
