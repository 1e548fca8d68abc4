// The urlpattern group: URLPattern.
export { URLPattern } from "./url-pattern.ts";
