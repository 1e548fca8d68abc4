// The tests of the Web APIs (tests/web), run inside NANO.

import { describeSuites } from "./lib/suites.ts";

describeSuites("Web APIs", "tests/web");
