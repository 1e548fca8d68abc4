// ProgressEvent (XMLHttpRequest Standard, section 5). Thread: the isolate's.
import { Event, eventInitMembers, type EventInit } from "../../dom/event.ts";
import {
  ABSENT,
  defineInterface,
  dictionary,
  requireArguments,
  toBoolean,
  toDOMString,
  toDouble,
} from "../../idl/webidl.ts";

export interface ProgressEventInit extends EventInit {
  lengthComputable?: boolean;
  loaded?: number;
  total?: number;
}

const toProgressEventInit = dictionary("ProgressEventInit", {
  ...eventInitMembers,
  lengthComputable: { convert: toBoolean, default: false },
  loaded: { convert: toDouble, default: 0 },
  total: { convert: toDouble, default: 0 },
});

export class ProgressEvent extends Event {
  #lengthComputable: boolean;
  #loaded: number;
  #total: number;

  constructor(type: string, eventInitDict: ProgressEventInit = ABSENT) {
    const where = "Failed to construct 'ProgressEvent'";
    requireArguments(arguments.length, 1, where);
    const name = toDOMString(type, `${where}: The type`);
    const init = toProgressEventInit(eventInitDict, `${where}: The event init`);
    super(name, init);
    this.#lengthComputable = init.lengthComputable;
    this.#loaded = init.loaded;
    this.#total = init.total;
  }

  get lengthComputable(): boolean {
    return this.#lengthComputable;
  }
  get loaded(): number {
    return this.#loaded;
  }
  get total(): number {
    return this.#total;
  }
}

defineInterface(ProgressEvent, "ProgressEvent", {
  shows: ["type", "lengthComputable", "loaded", "total"],
});
