# nano_bundle_web(OUTPUT ENTRY): bundles the Web API layer's TypeScript into one classic script.
set(NANO_ESBUILD ${CMAKE_SOURCE_DIR}/node_modules/@esbuild/linux-${NANO_ENGINE_ARCH}/bin/esbuild)
if(NOT EXISTS ${NANO_ESBUILD})
  message(FATAL_ERROR "esbuild is missing: ${NANO_ESBUILD}\nRun `make deps` (or `npm ci --ignore-scripts`).")
endif()

function(nano_bundle_web output entry)
  get_filename_component(directory ${entry} DIRECTORY)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/*.ts)
  add_custom_command(
    OUTPUT ${output}
    # The script is a function expression: the runtime calls it with its native ops.
    COMMAND ${NANO_ESBUILD} ${entry} --bundle --format=iife --global-name=__exports --charset=ascii
            --target=es2024 --log-level=warning --legal-comments=none
            "--banner:js=(function (ops) { 'use strict';"
            "--footer:js=return __exports; })"
            --outfile=${output}
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/package-lock.json
    COMMENT "Bundling the Web APIs"
    VERBATIM)
endfunction()
