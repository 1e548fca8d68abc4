// URL.createObjectURL and URL.revokeObjectURL (File API, section 8.4): what that standard adds to the
// interface of another; lazy/blob-urls.ts does the work. Thread: the isolate's.
import { load } from "../host/lazy-groups.ts";
import { exposeOperation, requireArguments } from "../idl/webidl.ts";
import { URL } from "../url/url.ts";

const operations = {
  createObjectURL(object: unknown): string {
    requireArguments(arguments.length, 1, "Failed to execute 'createObjectURL' on 'URL'");
    return load("file").createObjectURL(object);
  },

  revokeObjectURL(url: string): void {
    requireArguments(arguments.length, 1, "Failed to execute 'revokeObjectURL' on 'URL'");
    load("file").revokeObjectURL(url);
  },
};

exposeOperation("createObjectURL", operations.createObjectURL, URL);
exposeOperation("revokeObjectURL", operations.revokeObjectURL, URL);
