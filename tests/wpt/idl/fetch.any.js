// META: script=/resources/WebIDLParser.js
// META: script=/resources/idlharness.js
// META: script=helper.js
// The interfaces of the Fetch Standard, and FormData, as ECMA-429 has them. They are described here:
// copies of the suite need not have fetch.idl and xhr.idl.

testIdl(
  `
  typedef (sequence<sequence<ByteString>> or record<ByteString, ByteString>) HeadersInit;
  typedef (Blob or BufferSource or FormData or URLSearchParams or USVString) XMLHttpRequestBodyInit;
  typedef (ReadableStream or XMLHttpRequestBodyInit) BodyInit;
  typedef (Request or USVString) RequestInfo;
  typedef (File or USVString) FormDataEntryValue;

  enum RequestDestination { "" };
  enum RequestMode { "navigate", "same-origin", "no-cors", "cors" };
  enum RequestCredentials { "omit", "same-origin", "include" };
  enum RequestCache {
    "default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"
  };
  enum RequestRedirect { "follow", "error", "manual" };
  enum RequestDuplex { "half" };
  enum ReferrerPolicy { "" };
  enum ResponseType { "basic", "cors", "default", "error", "opaque", "opaqueredirect" };

  dictionary RequestInit {
    ByteString method;
    HeadersInit headers;
    BodyInit? body;
    RequestRedirect redirect;
    AbortSignal? signal;
    RequestDuplex duplex;
  };
  dictionary ResponseInit {
    unsigned short status = 200;
    ByteString statusText = "";
    HeadersInit headers;
  };

  [Exposed=(Window,Worker)]
  interface Headers {
    constructor(optional HeadersInit init);
    undefined append(ByteString name, ByteString value);
    undefined delete(ByteString name);
    ByteString? get(ByteString name);
    sequence<ByteString> getSetCookie();
    boolean has(ByteString name);
    undefined set(ByteString name, ByteString value);
    iterable<ByteString, ByteString>;
  };

  interface mixin Body {
    readonly attribute ReadableStream? body;
    readonly attribute boolean bodyUsed;
    [NewObject] Promise<ArrayBuffer> arrayBuffer();
    [NewObject] Promise<Blob> blob();
    [NewObject] Promise<Uint8Array> bytes();
    [NewObject] Promise<FormData> formData();
    [NewObject] Promise<any> json();
    [NewObject] Promise<USVString> text();
  };

  [Exposed=(Window,Worker)]
  interface Request {
    constructor(RequestInfo input, optional RequestInit init = {});
    readonly attribute ByteString method;
    readonly attribute USVString url;
    [SameObject] readonly attribute Headers headers;
    readonly attribute RequestDestination destination;
    readonly attribute USVString referrer;
    readonly attribute ReferrerPolicy referrerPolicy;
    readonly attribute RequestMode mode;
    readonly attribute RequestCredentials credentials;
    readonly attribute RequestCache cache;
    readonly attribute RequestRedirect redirect;
    readonly attribute DOMString integrity;
    readonly attribute boolean keepalive;
    readonly attribute boolean isReloadNavigation;
    readonly attribute boolean isHistoryNavigation;
    readonly attribute AbortSignal signal;
    readonly attribute RequestDuplex duplex;
    [NewObject] Request clone();
  };
  Request includes Body;

  [Exposed=(Window,Worker)]
  interface Response {
    constructor(optional BodyInit? body = null, optional ResponseInit init = {});
    [NewObject] static Response error();
    [NewObject] static Response redirect(USVString url, optional unsigned short status = 302);
    [NewObject] static Response json(any data, optional ResponseInit init = {});
    readonly attribute ResponseType type;
    readonly attribute USVString url;
    readonly attribute boolean redirected;
    readonly attribute unsigned short status;
    readonly attribute boolean ok;
    readonly attribute ByteString statusText;
    [SameObject] readonly attribute Headers headers;
    [NewObject] Response clone();
  };
  Response includes Body;

  [Exposed=(Window,Worker)]
  interface FormData {
    constructor();
    undefined append(USVString name, USVString value);
    undefined append(USVString name, Blob blobValue, optional USVString filename);
    undefined delete(USVString name);
    FormDataEntryValue? get(USVString name);
    sequence<FormDataEntryValue> getAll(USVString name);
    boolean has(USVString name);
    undefined set(USVString name, USVString value);
    undefined set(USVString name, Blob blobValue, optional USVString filename);
    iterable<USVString, FormDataEntryValue>;
  };`,
  {
    FormData: ["new FormData()"],
    Headers: ['new Headers({ a: "b" })'],
    Request: ['new Request("https://a.example/", { method: "POST", body: "b" })'],
    Response: ['new Response("a")'],
  },
);
