// Loaded by the tests of this folder, after idlharness.js.

/**
 * Tests some interfaces of /interfaces/<spec>.idl, which defines far more than a server runtime has.
 * `deps` are specifications whose types they use; `objects` gives expressions that make objects.
 */
function testInterfaces(spec, deps, interfaces, objects) {
  promise_test(async () => {
    const load = async (name) => {
      const response = await fetch(`/interfaces/${name}.idl`);
      assert_implements_optional(response.ok, `this copy of the suite lacks ${name}.idl`);
      return response.text();
    };
    const [idl, ...others] = await Promise.all([spec, ...deps].map(load));
    const array = new IdlArray();
    const definitions = [idl, ...others].flatMap((text) => WebIDL2.parse(text));
    const known = new Set(definitions.map(({ name }) => name));
    const relevant = WebIDL2.write(relevantTo(interfaces, WebIDL2.parse(idl), known));
    array.add_idls(relevant, { only: interfaces });
    array.add_untested_idls(relevant, { except: interfaces });
    for (const other of others) array.add_dependency_idls(other);
    array.add_objects(objects);
    array.test();
  }, `${spec}: setup`);
}

/** Tests all interfaces of a description; `objects` as above. */
function testIdl(idl, objects) {
  promise_test(async () => {
    const array = new IdlArray();
    array.add_idls(idl);
    array.add_objects(objects);
    array.test();
  }, "setup");
}

/** What the interfaces may refer to: their mixins, and all types that are no interfaces. */
function relevantTo(interfaces, definitions, known) {
  const mixins = definitions
    .filter(({ type, target }) => type === "includes" && interfaces.includes(target))
    .map(({ includes }) => includes);
  return definitions.filter(({ type, name, target, inheritance }) => {
    if (type === "includes") return interfaces.includes(target);
    if (type === "interface mixin") return mixins.includes(name);
    if (type === "interface") return interfaces.includes(name);
    return type !== "namespace" && (!inheritance || known.has(inheritance));
  });
}
