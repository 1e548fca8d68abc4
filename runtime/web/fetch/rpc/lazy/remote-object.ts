// What the other app of a session keeps, as long as a stub here needs it: until that is disposed, or collected as
// garbage, which nothing promises, but which is asked for when calls wait for others to end. Thread: the isolate's.
import { FinalizationRegistryConstructor, registerFinalizer } from "../../../idl/primordials.ts";
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

/** One stub's part in that. It outlives the stub, which it therefore does not know. */
class Hold {
  readonly session: Holder;
  readonly shared: Shared;
  isReleased = false;
  /** Somebody is to be told when nothing can be asked any more. */
  isWatched = false;

  constructor(session: Holder, shared: Shared) {
    this.session = session;
    this.shared = shared;
    shared.holders++;
    session.hold();
  }

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.session.letGo(this.shared.id, --this.shared.holders === 0);
  }
}

// Made with the first stub: a snapshot has none.
let collected: FinalizationRegistry<Hold> | null = null;

export class RemoteObject implements Remote {
  readonly #hold: Hold;

  /** @param isStub It may be dropped and forgotten, as streams are not: those end by themselves. */
  constructor(session: Holder, shared: Shared, isStub: boolean) {
    this.#hold = new Hold(session, shared);
    if (!isStub) return;
    collected ??= new FinalizationRegistryConstructor((hold: Hold) => {
      if (!hold.isWatched) hold.release();
    });
    registerFinalizer(collected, this, this.#hold);
  }

  get isService(): boolean {
    return this.#hold.shared.isService;
  }

  idIn(session: Holder): number | undefined {
    const hold = this.#hold;
    return session === hold.session && !hold.isReleased ? hold.shared.id : undefined;
  }

  async use(path: readonly string[], args: unknown[] | null): Promise<unknown> {
    const { session, shared, isReleased } = this.#hold;
    if (isReleased) throw new Error("The stub has been disposed (keep another one: dup())");
    // Awaited here: what is asked keeps its stub from being collected, and the other app its object.
    return await session.ask(shared.id, path, args);
  }

  release(): void {
    this.#hold.release();
  }

  again(): Remote {
    const { session, shared, isReleased } = this.#hold;
    if (isReleased) throw new Error("The stub has been disposed");
    return new RemoteObject(session, shared, true);
  }

  onBroken(callback: unknown): void {
    this.#hold.isWatched = true;
    this.#hold.session.onBroken(callback);
  }
}
