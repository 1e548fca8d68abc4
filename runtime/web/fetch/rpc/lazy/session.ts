// A session: what two apps say to each other in one call, once something goes by reference in it. Each keeps what
// the other got a stub of, until that is released; the one that has called ends it when nothing is kept and
// nothing is under way. Thread: the isolate's.
import type { Exchange } from "../../../exchange/exchanges.ts";
import { load } from "../../../host/lazy-groups.ts";
import {
  apply,
  createMap,
  deferred,
  isArray,
  mapDelete,
  mapForEach,
  mapGet,
  mapHas,
  mapSet,
  mapSize,
  push,
  type Deferred,
} from "../../../idl/primordials.ts";
import { own } from "../../../idl/webidl.ts";
import { dispose, guarded, release } from "./disposal.ts";
import { ErrorReader } from "./errors.ts";
import { frameOf, type FrameReader } from "./frames.ts";
import { Inbox } from "./inbox.ts";
import { Message, Read, Told, isPath, told } from "./messages.ts";
import { Outbox, type Wire } from "./outbox.ts";
import type { Keeper } from "./passing.ts";
import { isArguments, numberIn, requireFew, revive, unreadable } from "./reading.ts";
import { remoteOf, type Remote } from "./references.ts";
import { RemoteObject, type Holder } from "./remote-object.ts";
import { use } from "./targets.ts";
import { writeMessage } from "./writing.ts";

/** The Content-Type of a response that is one side of a session. */
export const SESSION_TYPE = "application/x-nano-session";

/** What limits are told of. */
const SESSION_URL = "http://rpc.internal/";

const REQUEST_OVER =
  "The request that the stub was got for is over (ctx.waitUntil() keeps it for what is done later)";

const ENDED = "The other app has ended the session";

const UNTOLD =
  "What the method has thrown cannot be passed to the app that has called it: throw an Error";

const FULL = "The other app does not take what it has asked for: the call has been ended";

export class Session implements Keeper, Holder {
  /** It has called, and ends the session. */
  readonly #isCaller: boolean;
  readonly outbox = new Outbox();
  /** Null: the other app has asked for nothing yet. */
  #inbox: Inbox<Read> | null = null;
  /** What is being answered. */
  #exchange: Exchange | null = null;
  /** Something has gone by reference. */
  #isUsed = false;
  #isOver = false;
  /** Why it is over, if there was something left to do. */
  #reason: unknown = undefined;
  /** What is kept for the other app. */
  readonly #kept = createMap<number, unknown>();
  #lastKept = 0;
  /** Stubs here of what the other app keeps. */
  #remotes = 0;
  #stubs: RemoteObject[] | null = null;
  /** What the other app was asked, by number. */
  readonly #asked = createMap<number, Deferred<Told>>();
  #lastAsked = 0;
  /** What it has asked that is not answered. */
  #answering = 0;
  #onBroken: Function[] | null = null;

  #onExchangeOver: (() => void) | null = null;

  constructor(isCaller: boolean) {
    this.#isCaller = isCaller;
  }

  #openInbox(): Inbox<Read> {
    return new Inbox<Read>(
      this.outbox,
      (received) => {
        this.#handle(received);
        this.#endIfIdle();
      },
      (error) => this.end(error),
    );
  }

  get isUsed(): boolean {
    return this.#isUsed;
  }

  // What goes by reference.

  keep(target: unknown): number {
    this.#isUsed = true;
    mapSet(this.#kept, ++this.#lastKept, target);
    return this.#lastKept;
  }

  kept(id: number): unknown {
    if (!mapHas(this.#kept, id)) throw unreadable();
    return mapGet(this.#kept, id);
  }

  remote(id: number, isStub: boolean, isService: boolean = false): Remote {
    this.#isUsed = true;
    const remote = new RemoteObject(this, own({ id, isService, holders: 0 }), isStub);
    if (isStub && this.#stubs !== null) this.#stubs[this.#stubs.length] = remote;
    return remote;
  }

  idOf(remote: Remote): number | undefined {
    return remote instanceof RemoteObject ? remote.idIn(this) : undefined;
  }

  forget(id: number): void {
    // What was not given is not disposed; a copy of a third app's stub was made to be kept.
    remoteOf(mapGet(this.#kept, id))?.release();
    mapDelete(this.#kept, id);
  }

  /** The value of such bytes, and the stubs that are in it. */
  read(bytes: Uint8Array): Read {
    const stubs: RemoteObject[] = [];
    this.#stubs = stubs;
    let errors: ErrorReader | null = null;
    try {
      return new Read(
        ops.readValue(bytes, (told: unknown) => revive(told, this, (errors ??= new ErrorReader()))),
        stubs,
      );
    } finally {
      this.#stubs = null;
    }
  }

  // The conversation.

  /**
   * From now on there is somebody to send to.
   * @param exchange What is being answered: the session is over when nothing is done for it any more.
   */
  connect(wire: Wire, exchange: Exchange | null): void {
    if (this.#isOver) return wire.cancel(this.#reason);
    this.outbox.connect(wire);
    this.#exchange = exchange;
    if (exchange === null) return;
    this.#onExchangeOver = () => this.#breakOff(new Error(REQUEST_OVER));
    exchange.follow(this.#onExchangeOver);
  }

  /**
   * What the call that the session is about gives: its message is there to be sent.
   * @throws A DataCloneError or a RangeError for what cannot be passed.
   */
  first(message: unknown[]): Promise<unknown> {
    this.outbox.put(frameOf(writeMessage(message, this)));
    return this.#expect(0);
  }

  async #expect(id: number): Promise<unknown> {
    const asked = deferred<Told>();
    mapSet(this.#asked, id, asked);
    return told(await asked.promise);
  }

  /** Takes what the other app says, to the end. */
  async listen(reader: FrameReader): Promise<void> {
    try {
      for (;;) {
        const message = await reader.next();
        if (message === null) break;
        // Who goes on when nothing is left to be said is not listened to.
        if (this.#isOver) throw new Error(ENDED);
        this.take(message);
      }
      this.close(new Error(ENDED));
      this.outbox.end();
    } catch (error) {
      this.#breakOff(error);
    }
    if (this.#onExchangeOver !== null) this.#exchange?.unfollow(this.#onExchangeOver);
  }

  /** Takes the message that is all of the other app's answer. */
  takeLast(bytes: Uint8Array): void {
    this.outbox.end();
    this.take(bytes);
    // If it has not answered by that, it will not. What it has passed leads nowhere.
    if (mapSize(this.#asked) > 0) this.close(unreadable());
    else if (this.#isUsed) this.close(new Error(ENDED));
  }

  /** Takes a message. */
  take(bytes: Uint8Array): void {
    const read = this.read(bytes);
    if (!isArray(read.value)) throw unreadable();
    if (read.value[0] === Message.Answer) this.#takeAnswer(read.value, read.stubs);
    else (this.#inbox ??= this.#openInbox()).take(read, bytes.byteLength);
    this.#endIfIdle();
  }

  #takeAnswer(message: unknown[], stubs: Remote[]): void {
    const { 1: id, 2: value, 3: isThrown } = message;
    const asked = mapGet(this.#asked, numberIn(id));
    if (asked === undefined) throw unreadable();
    mapDelete(this.#asked, id as number);
    asked.resolve(new Told(value, isThrown === true, stubs));
  }

  #handle({ value, stubs }: Read): void {
    const { 0: kind, 1: told, 2: target, 3: path, 4: args } = value as unknown[];
    const id = numberIn(told);
    if (kind === Message.Call) {
      if (!isPath(path) || !isArguments(args)) throw unreadable();
      void this.#answer(id, numberIn(target), path, args, stubs);
    } else if (kind === Message.Release) {
      this.#drop(id);
    } else {
      throw unreadable();
    }
  }

  async #answer(
    id: number,
    target: number,
    path: readonly string[],
    args: unknown[] | null,
    stubs: Remote[],
  ): Promise<void> {
    const answer = await this.perform(id, () => use(this.kept(target), path, args));
    this.answer(answer, stubs);
  }

  /** Does what the other app has asked, and returns the message about what came of it. */
  async perform(id: number, steps: () => unknown): Promise<Uint8Array<ArrayBuffer>> {
    this.#answering++;
    let message: Uint8Array<ArrayBuffer>;
    try {
      message = writeMessage([Message.Answer, id, await steps(), false], this);
    } catch (thrown) {
      message = this.#writeThrown(id, thrown);
    }
    return message;
  }

  /** Sends that message. The stubs in the arguments were for that call alone, but for those that were copied. */
  answer(message: Uint8Array, stubs: readonly Remote[]): void {
    this.#answering--;
    this.#send(message);
    release(stubs);
    // What a late answer passes is for nobody.
    if (this.#isOver) this.#dropAll();
    if (this.outbox.isFull) this.end(new RangeError(FULL));
    this.#endIfIdle();
  }

  #writeThrown(id: number, thrown: unknown): Uint8Array<ArrayBuffer> {
    try {
      return writeMessage([Message.Answer, id, thrown, true], this);
    } catch (error) {
      // It cannot be passed; nor can that, perhaps, if it is what a getter has thrown.
      try {
        return writeMessage([Message.Answer, id, error, true], this);
      } catch {
        return writeMessage([Message.Answer, id, new TypeError(UNTOLD), true], this);
      }
    }
  }

  /** Asks the other app something of what it keeps. */
  async ask(target: number, path: readonly string[], args: unknown[] | null): Promise<unknown> {
    if (this.#isOver) throw this.#reason ?? new Error(ENDED);
    if (this.#exchange !== null) load("fetch").countSubrequest(this.#exchange, SESSION_URL);
    const id = ++this.#lastAsked;
    requireFew(args);
    this.#send(writeMessage([Message.Call, id, target, path, args], this));
    return this.#expect(id);
  }

  #send(message: Uint8Array): void {
    if (!this.#isOver) this.outbox.put(frameOf(message));
  }

  // Its end.

  hold(): void {
    this.#remotes++;
  }

  /** A stub here is not needed any more: the last one of what the other app keeps under that number. */
  letGo(id: number, isLast: boolean): void {
    this.#remotes--;
    if (isLast) this.#send(writeMessage([Message.Release, id], this));
    this.#endIfIdle();
  }

  onBroken(callback: unknown): void {
    if (typeof callback !== "function") throw new TypeError("onRpcBroken needs a function");
    if (this.#isOver) apply(callback, undefined, [this.#reason]);
    else push((this.#onBroken ??= []), callback);
  }

  #drop(id: number): void {
    if (!mapHas(this.#kept, id)) return;
    const target = mapGet(this.#kept, id);
    mapDelete(this.#kept, id);
    dispose(target);
  }

  #dropAll(): void {
    mapForEach(this.#kept, (_, id) => this.#drop(id));
  }

  #endIfIdle(): void {
    if (!this.#isCaller || this.#isOver) return;
    if (this.#answering + this.#remotes + mapSize(this.#asked) + mapSize(this.#kept) > 0) return;
    this.#setOver();
    this.outbox.end();
  }

  #setOver(): void {
    this.#isOver = true;
    this.#inbox?.clear();
  }

  /** Nothing can be asked any more, from either side. */
  close(reason: unknown): void {
    if (this.#isOver) return;
    this.#setOver();
    this.#reason = reason;
    mapForEach(this.#asked, (asked) => asked.reject(reason));
    this.#dropAll();
    const callbacks = this.#onBroken;
    if (callbacks === null) return;
    for (let i = 0; i < callbacks.length; i++) guarded(callbacks[i]!, undefined, reason);
  }

  /** The same, and the other app is told. */
  end(reason: unknown): void {
    if (!this.#isOver) this.#breakOff(reason);
  }

  /** The same, also of one that is over, but whose bodies have not ended. */
  #breakOff(reason: unknown): void {
    this.close(reason);
    this.outbox.cancel(reason);
  }
}
