// What the other app of a session keeps, as long as a stub here needs it. Thread: the isolate's.
import type { Remote } from "./references.ts";

/** The session. */
export interface Holder {
  ask(id: number, path: readonly string[], args: unknown[] | null): Promise<unknown>;
  /** A stub here needs something that the other app keeps. */
  hold(): void;
  /** It does not any more; `isLast`: nor does another one need the same. */
  letGo(id: number, isLast: boolean): void;
  onBroken(callback: unknown): void;
}

/** What all stubs here of one object of the other app's share. */
interface Shared {
  readonly id: number;
  readonly isService: boolean;
  holders: number;
}

export class RemoteObject implements Remote {
  readonly #session: Holder;
  readonly #shared: Shared;
  #isReleased = false;

  constructor(session: Holder, shared: Shared) {
    this.#session = session;
    this.#shared = shared;
    shared.holders++;
    session.hold();
  }

  get isService(): boolean {
    return this.#shared.isService;
  }

  idIn(session: Holder): number | undefined {
    return session === this.#session && !this.#isReleased ? this.#shared.id : undefined;
  }

  async use(path: readonly string[], args: unknown[] | null): Promise<unknown> {
    if (this.#isReleased) throw new Error("The stub has been disposed (keep another one: dup())");
    return this.#session.ask(this.#shared.id, path, args);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#session.letGo(this.#shared.id, --this.#shared.holders === 0);
  }

  again(): Remote {
    if (this.#isReleased) throw new Error("The stub has been disposed");
    return new RemoteObject(this.#session, this.#shared);
  }

  onBroken(callback: unknown): void {
    this.#session.onBroken(callback);
  }
}
