# The Web API layer's TypeScript, bundled into classic scripts.
#
# nano_bundle_web(OUTPUT ENTRY): the core, a function expression that the runtime calls with its ops.
# nano_bundle_lazy(OUTPUT ENTRY): a lazy group (runtime/web/lazy.ts), a function expression as well, with
# what it imports from the core left as calls of `require`; it gives its exports to `provide`.
set(NANO_ESBUILD ${CMAKE_SOURCE_DIR}/node_modules/@esbuild/linux-${NANO_ENGINE_ARCH}/bin/esbuild)
if(NOT EXISTS ${NANO_ESBUILD})
  message(FATAL_ERROR "esbuild is missing: ${NANO_ESBUILD}\nRun `make deps` (or `npm ci --ignore-scripts`).")
endif()

# Wrapped in a function of the given parameters, which ends with `epilogue`; then options of esbuild.
function(nano_bundle_script output entry parameters epilogue)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/web/*.ts)
  get_filename_component(name ${output} NAME)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${NANO_ESBUILD} ${entry} --bundle --charset=ascii --target=es2024 --log-level=warning
            --legal-comments=none ${ARGN}
            "--banner:js=(function (${parameters}) { 'use strict';" "--footer:js=${epilogue}})"
            --outfile=${output}
    # esbuild lists a module's exports by for-in, in descriptors that inherit: without prototypes, an app's
    # enumerable properties of Object.prototype are not taken for exports.
    COMMAND sed -i -E -e "s/^( *__export\\(.*, \\{)$/\\1 __proto__: null,/"
            -e "s/\\{ get: (all[0-9]*\\[name\\]), enumerable: true \\}/{ __proto__: null, get: \\1, enumerable: true }/"
            ${output}
    # Fails the build if esbuild writes it in another way than these two lines know.
    COMMAND grep -q "__proto__: null, get: all" ${output}
    COMMAND grep -Eq "__export\\(.*, \\{ __proto__: null,$" ${output}
    # esbuild names files in comments, relative to where it runs: the bundle, and with it the identity
    # of snapshots, must not depend on where NANO is built.
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    DEPENDS ${entry} ${sources} ${CMAKE_SOURCE_DIR}/package-lock.json ${CMAKE_SOURCE_DIR}/cmake/WebBundle.cmake
    COMMENT "Bundling the Web APIs: ${name}"
    VERBATIM)
endfunction()

# A copy has values where the exports have getters, which no snapshot needs.
function(nano_bundle_web output entry)
  nano_bundle_script(${output} ${entry} "ops" "return { ...__exports }; "
                     --format=iife --global-name=__exports)
endfunction()

function(nano_bundle_lazy output entry)
  nano_bundle_script(${output} ${CMAKE_SOURCE_DIR}/runtime/web/lazy/entry.js "ops, provide, require" ""
                     --format=iife --alias:group=${entry}
                     --external:*/core.ts --external:*/intrinsics.ts)
endfunction()
