// Web IDL for the Web API layer: conversions of JS values, and what an interface's prototype must look
// like. One import for everything under webidl/. Thread: the isolate's.
//
// Conventions for the classes that use it:
// - An interface is a JS class whose state is in #private fields: reading one of them is the brand
//   check that Web IDL asks for (a TypeError on anything else). Friends in other modules get at the
//   state through functions exported from a `static {}` block.
// - Optional arguments have default values (`= undefined`), so that `length` counts the required ones.
// - After the class, `defineInterface(Class, "Name")` gives the members their attributes.
// - Converters are functions `(value, where) => converted`; `where` names the place in the message,
//   such as "Failed to construct 'Response': The status", and is a constant: nothing is formatted
//   unless a conversion fails.
export * from "./webidl/convert.ts";
export * from "./webidl/numbers.ts";
export * from "./webidl/buffers.ts";
export * from "./webidl/containers.ts";
export * from "./webidl/define.ts";
export * from "./webidl/iterable.ts";
