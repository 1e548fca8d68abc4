// META: script=/resources/WebIDLParser.js
// META: script=/resources/idlharness.js
// META: script=helper.js

testInterfaces("urlpattern", [], ["URLPattern"], { URLPattern: ["new URLPattern()"] });
