// The forms group: FormData and bodies of type multipart/form-data.
export { FormData, createFormData, isFormData } from "./form-data.ts";
export { parseMultipart, serializeMultipart } from "./multipart.ts";
export { parseUrlEncodedForm } from "./url-encoded-form.ts";

declare global {
  interface LazyGroups {
    forms: typeof import("./index.ts");
  }
}
