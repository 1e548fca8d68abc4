// The rpc group: methods of other apps' entry points, called by services (`env.ORDERS.total(1, 2)`). Arguments and
// results go as bytes in the bodies of a call; objects and functions that go by reference keep it open, as a
// session (session.ts). Thread: the isolate's.
import type { ExchangeId, IncomingAim } from "../../../host/ops.ts";

export { answerMethod } from "./answer.ts";
export { callMethod, type Callee } from "./call.ts";
// Classes without a capital: those that a group exports are globals.
export { RpcStub as rpcStub, memberReference } from "./references.ts";
export { RpcTarget as rpcTarget, memberOfClass, use } from "./targets.ts";

/** What a call of another app is for; it has not ended. */
export function aimOf(id: ExchangeId): IncomingAim {
  return ops.serviceAim(id)!;
}

declare global {
  interface LazyGroups {
    rpc: typeof import("./index.ts");
  }
}
