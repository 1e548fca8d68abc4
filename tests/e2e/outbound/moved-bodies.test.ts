// Bodies of responses that the system moves from the server's connection to the client's: whole, in order and
// as fast as both sides go, whatever becomes of either of them. The pipes of the process tell that they were.

import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf } from "../../../tools/harness/processes.ts";
import { until } from "../../../tools/harness/wait.ts";
import { begin, pathOf, serveAllInside, type Action } from "../lib/inside.ts";
import { answering, originOf, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
