// Packages from npm that apps of other Workers-style runtimes are made of, unmodified: their documented
// features (tests/packages) run inside NANO.

import { describeSuites } from "./lib/suites.ts";

describeSuites("npm packages", "tests/packages");
