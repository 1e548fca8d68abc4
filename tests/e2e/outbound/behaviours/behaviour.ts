// What a scripted server does to a client: data, for scripted-server.ts to play and for curl and NANO to meet.

/** What the server does besides sending bytes. */
export type Step =
  | Bytes
  /** Sends no more: in order, or by breaking the connection. */
  | { ends: "in order" | "broken" }
  /** Does nothing for so many milliseconds. */
  | { pause: number }
  /** Sends the bytes again and again, until the client is gone. */
  | { forever: Bytes };
export type Bytes = string | Uint8Array;

export const FIN: Step = { ends: "in order" };
export const RESET: Step = { ends: "broken" };

/** What a request asked for, as the server has read it. */
export interface Asked {
  method: string;
  /** Below the behaviour's own path: "" or "/…". */
  path: string;
  /** In lower case. */
  headers: Record<string, string>;
  body: string;
  /** The behaviour's own path. */
  base: string;
  /** "http://127.0.0.1:8080". */
  origin: string;
  /** From 1: of the connection, and of the request on it. */
  connection: number;
  request: number;
}

export interface Behaviour {
  name: string;
  /**
   * After a request's head and body have come; text is Latin-1. The connection then waits for another
   * request, unless it was ended.
   */
  answer: Step | Step[] | ((asked: Asked) => Step | Step[]);
  method?: string;
  body?: string;
  /** How often it is asked, one after the other; 1 if not said. How many connections that took counts, too. */
  times?: number;
  /** It never ends by itself: whoever asks gives it up soon. */
  hangs?: boolean;
  /** The server answers when it has the head. */
  early?: boolean;
}

export const OK = "HTTP/1.1 200 OK\r\n";

/** A response with a body of a known length. */
export const sized = (body: string, headers = "", status = "200 OK") =>
  `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

/** The head of a response in chunks. */
export const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
