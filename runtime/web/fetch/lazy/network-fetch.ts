// "HTTP fetch" (Fetch Standard, section 4.4): requests that leave the isolate, one call for each redirect
// (section 4.5). Thread: the isolate's.
import { signalFriend, type AbortSignal } from "../../dom/abort-signal.ts";
import { currentExchange } from "../../exchange/exchanges.ts";
import { load } from "../../host/lazy-groups.ts";
import type { ServiceAim } from "../../host/ops.ts";
import { copyList, removeHeaders, type HeaderList } from "../../http/header-list.ts";
import { deferred, indexOf, slice, startsWith, type Deferred } from "../../idl/primordials.ts";
import { lastHasCredentials, parseHref } from "../../url/url.ts";
import { BodyKind, type Body } from "../body.ts";
import { requestFriend, type Request } from "../request.ts";
import {
  isRedirectStatus,
  responseFriend,
  type FetchedResponse,
  type Response,
} from "../response.ts";
import { beginCall, beginEmptyCall } from "./begin-call.ts";
import { callMessage } from "./call-message.ts";
import { cancelBody, checkIntegrity } from "./fetch-steps.ts";
import { toFetched } from "./fetched-response.ts";
import { locationsIn } from "./location.ts";
import { callError, originOf } from "./network-error.ts";
import {
  CallFailure,
  type CallMaker,
  type CallResponse,
  type OutgoingCall,
} from "./outgoing-call.ts";

const MOST_REDIRECTS = 20;

/** Dropped when a redirect leads to another origin: the first one by the standard, all for safety. */
const OF_ONE_ORIGIN = ["authorization", "cookie", "proxy-authorization", "host"];
/** "Request-body-header names": dropped with the body. */
const OF_THE_BODY = [
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
  "content-length",
];

/** A request on its way through its redirects. */
class NetworkFetch implements CallMaker {
  readonly #request: Request;
  readonly #service: string;
  readonly #aim: ServiceAim | undefined;
  readonly #exchange = currentExchange();
  readonly #signal: AbortSignal | null;
  #url: string;
  #method: string;
  #headers: HeaderList;
  #body: Body | null;
  #call: OutgoingCall | null = null;
  /** Of the call under way. Not held longer, since it holds the response, which tells when it is dropped. */
  #result: Deferred<Response> | null = null;
  #redirects = 0;
  readonly #abort = (): void => this.#call?.cancel(this.#signal!.reason);

  constructor(request: Request, url: string, service: string, aim: ServiceAim | undefined) {
    this.#request = request;
    this.#service = service;
    this.#aim = aim;
    this.#signal = requestFriend.signalIfAny(request);
    this.#url = url;
    this.#method = requestFriend.method(request);
    this.#headers = requestFriend.headerList(request);
    this.#body = requestFriend.body(request);
  }

  run(): Promise<Response> {
    const signal = this.#signal;
    if (signal !== null && signal.aborted) {
      cancelBody(this.#request, signal.reason);
      throw signal.reason;
    }
    return this.#send();
  }

  #send(): Promise<Response> {
    const { promise } = (this.#result = deferred<Response>());
    const signal = this.#signal;
    const call = (this.#call = this.#start());
    if (signal !== null) {
      signalFriend.add(signal, this.#abort);
      call.onOver = () => signalFriend.remove(signal, this.#abort);
    }
    return promise;
  }

  #takeResult(): Deferred<Response> {
    const result = this.#result!;
    this.#result = null;
    return result;
  }

  onHead(response: CallResponse): void {
    const { resolve } = this.#takeResult();
    const isPlain =
      !isRedirectStatus(response.status) && requestFriend.integrity(this.#request) === "";
    // What is mostly all goes on without a promise in between, which would be a turn to wait for.
    if (isPlain) resolve(responseFriend.make(this.#finish(response)));
    else resolve(this.#goOn(response));
  }

  onFailed(reason: unknown): void {
    const { resolve, reject } = this.#takeResult();
    if (reason instanceof CallFailure) resolve(this.#explain(reason));
    else reject(reason);
  }

  async #explain({ code, problem }: CallFailure): Promise<never> {
    await untilLinked();
    throw callError(this.#url, code, problem);
  }

  async #goOn(response: CallResponse): Promise<Response> {
    await untilLinked();
    const signal = this.#signal;
    if (signal !== null && signal.aborted) throw signal.reason;
    const next = this.#next(response);
    if (next === null) {
      const fetched = this.#finish(response);
      if (requestFriend.integrity(this.#request) !== "") {
        await checkIntegrity(this.#request, fetched);
      }
      return responseFriend.make(fetched);
    }
    // The rest of it is nobody's; what is short is read, so that the connection serves again.
    this.#call!.cancel(undefined);
    this.#url = next;
    return await this.#send();
  }

  /** JSON for a service; the network is not told. */
  #cf(): string {
    const cf = this.#service === "" ? null : requestFriend.cf(this.#request);
    return cf === null ? "" : load("cf").textOfCf(cf);
  }

  #start(): OutgoingCall {
    const url = this.#url;
    const message = callMessage(
      this.#exchange,
      this.#service,
      this.#method,
      url,
      this.#headers,
      this.#aim,
      this.#cf(),
    );
    const body = this.#body;
    if (body !== null) return beginCall(this, message, body);
    // A server may wait for the length of what it expects (RFC 9110, section 8.6).
    const isEmpty = this.#method === "POST" || this.#method === "PUT" || this.#method === "PATCH";
    return beginEmptyCall(this, message, isEmpty);
  }

  /** "HTTP-redirect fetch": where the response leads; null if it is the last one. */
  #next({ status, headers }: CallResponse): string | null {
    if (!isRedirectStatus(status)) return null;
    const mode = requestFriend.redirect(this.#request);
    if (mode === "manual") return null;
    const from = this.#url;
    if (mode === "error") return this.#refuse("ERR_REDIRECT", `it redirects (status ${status})`);
    const locations = locationsIn(headers);
    if (locations.length === 0) return null;
    if (locations.length > 1) return this.#refuse("ERR_REDIRECT", "it redirects to several places");
    const location = locations[0]!;
    const hash = indexOf(from, "#");
    let next = parseHref(location, from);
    if (next === undefined) {
      return this.#refuse("ERR_REDIRECT", `it redirects to '${location}', which is no URL`);
    }
    if (!startsWith(next, "http:") && !startsWith(next, "https:")) {
      return this.#refuse("ERR_REDIRECT", `it redirects to '${location}', which is not on the web`);
    }
    if (lastHasCredentials()) {
      return this.#refuse("ERR_REDIRECT", "it redirects to a URL with a user name or a password");
    }
    if (hash !== -1 && indexOf(next, "#") === -1) next += slice(from, hash);
    if (this.#redirects++ === MOST_REDIRECTS) {
      return this.#refuse("ERR_TOO_MANY_REDIRECTS", `more than ${MOST_REDIRECTS} redirects`);
    }
    if (this.#service !== "" && originOf(next) !== originOf(from)) {
      return this.#refuse("ERR_REDIRECT", "a service cannot redirect to another host");
    }
    this.#follow(status, from, next);
    return next;
  }

  #follow(status: number, from: string, next: string): void {
    const method = this.#method;
    const body = this.#body;
    const isPost = (status === 301 || status === 302) && method === "POST";
    const losesBody = isPost || (status === 303 && method !== "GET" && method !== "HEAD");
    // Also where the body is lost: a 301 or 302 may have meant the same method.
    if (status !== 303 && body !== null && body.kind >= BodyKind.Incoming) {
      this.#refuse("ERR_REDIRECT", "it redirects, and the body, a stream, cannot be sent again");
    }
    const crosses = originOf(from) !== originOf(next);
    if (losesBody || crosses) this.#headers = copyList(this.#headers);
    if (losesBody) {
      this.#method = "GET";
      this.#body = null;
      removeAll(this.#headers, OF_THE_BODY);
    }
    if (crosses) removeAll(this.#headers, OF_ONE_ORIGIN);
  }

  #refuse(code: string, problem: string): never {
    const error = callError(this.#url, code, problem);
    this.#call!.cancel(error);
    throw error;
  }

  #finish(response: CallResponse): FetchedResponse {
    const url = this.#url;
    const hash = indexOf(url, "#");
    const shown = hash === -1 ? url : slice(url, 0, hash);
    return toFetched(response, shown, this.#redirects > 0, this.#method === "HEAD");
  }
}

/**
 * A promise that is resolved with another one is linked to it in a turn of its own, the second from now. From
 * then on a stack leads along them to the app that awaits the first.
 */
async function untilLinked(): Promise<void> {
  await undefined;
}

/**
 * Answers a request to an http: or https: URL.
 * @param service The name of the app's binding that answers it; "": the network.
 * @param aim What of the service is asked, if it is more than its fetch().
 * @throws A TypeError for a network error, and the signal's reason on abort: what is known at once, else as a
 *   rejection.
 */
export function networkFetch(
  request: Request,
  url: string,
  service: string,
  aim?: ServiceAim,
): Promise<Response> {
  return new NetworkFetch(request, url, service, aim).run();
}

function removeAll(list: HeaderList, names: readonly string[]): void {
  for (let i = 0; i < names.length; i++) removeHeaders(list, names[i]!);
}
