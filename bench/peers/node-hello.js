// The least that Node can do: node node-hello.js PORT.
import { createServer } from "node:http";

createServer((request, response) => {
  response.setHeader("content-type", "text/plain;charset=UTF-8");
  response.end("hello\n");
}).listen(Number(process.argv[2]), "127.0.0.1");
