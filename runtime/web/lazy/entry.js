// What each lazy group's bundle begins with: hands the group's exports to lazy.ts. The bundler puts the
// group's index.ts in the place of "group" (cmake/WebBundle.cmake). Left to itself it would copy the
// exports, in loops that an app may have patched by the time that it loads the group. Thread: the
// isolate's.
import * as group from "group";

provide(group);
