// One object of each class that most requests make. With the last object of a class the engine forgets
// its shapes, and none lives while a snapshot is written: each isolate's first request would make them
// anew, field by field, which costs a third of it. Thread: the isolate's.
import { Exchange } from "../exchange/exchanges.ts";
import { requestFriend } from "../fetch/request.ts";
import { Response } from "../fetch/response.ts";
import { createContext } from "./execution-context.ts";

/** The engine has watched so many objects of a class when it knows how much room they need. */
const WATCHED = 8;

function makeExamples(): object[] {
  const exchange = new Exchange(0, "", 0);
  const request = requestFriend.incoming(exchange, "POST", "http://localhost/", "", true);
  const response = new Response("", { headers: [] });
  return [request, request.headers, createContext(), response, response.headers];
}

/** Kept by what main.ts exports. */
export let examples: object[];

// A class that is half watched in the base snapshot would stay so in the apps'.
for (let i = 0; i < WATCHED; i++) examples = makeExamples();
