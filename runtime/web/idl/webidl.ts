// Web IDL for the Web API layer: conversions of JS values, and what an interface's prototype must look
// like. One import for what interfaces need of this folder. Thread: the isolate's.
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
export * from "./convert.ts";
export * from "./numbers.ts";
export * from "./buffers.ts";
export * from "./containers.ts";
export * from "./define.ts";
export * from "./iterable.ts";
