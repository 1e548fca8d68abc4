// The Web API tests as one app: `nanoc build tests/web`, serve it, and any request answers with the
// report of all tests as JSON (`?filter=text` runs those whose name contains it).
import "./abort.test.ts";
import "./base64.test.ts";
import "./blob.test.ts";
import "./body.test.ts";
import "./crypto.test.ts";
import "./dom-exception.test.ts";
import "./encoding.test.ts";
import "./events.test.ts";
import "./form-data.test.ts";
import "./headers.test.ts";
import "./multipart.test.ts";
import "./request.test.ts";
import "./response.test.ts";
import "./streams.test.ts";
import "./structured-clone.test.ts";
import "./timers.test.ts";
import "./url.test.ts";

export { default } from "./harness.ts";
