# The Web API layer's TypeScript, bundled into classic scripts by tools/generators/web_bundle.mjs.
#
# nano_bundle_web(FOLDER OUTPUT_FOLDER NAMES): bundles what is in a folder; sets NAMES to those of the scripts,
# each at OUTPUT_FOLDER/NAME.js. "core" is the first; the others are the lazy groups
# (runtime/web/host/lazy-groups.ts): every folder whose lazy/ has an index.ts is one.
set(NANO_WEB_BUNDLER ${CMAKE_SOURCE_DIR}/tools/generators/web_bundle.mjs)
set(NANO_ESBUILD ${CMAKE_SOURCE_DIR}/node_modules/@esbuild/linux-${NANO_ENGINE_ARCH}/bin/esbuild)
foreach(file ${NANO_ESBUILD} ${CMAKE_SOURCE_DIR}/node_modules/esbuild/lib/main.js)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "esbuild is missing: ${file}\nRun `make deps` (or `npm ci --ignore-scripts`).")
  endif()
endforeach()

function(nano_bundle_web folder output_folder names)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.ts)
  set(groups ${sources})
  list(FILTER groups INCLUDE REGEX "/lazy/index\\.ts$")
  list(TRANSFORM groups REPLACE "/lazy/index\\.ts$" "")
  set(scripts core)
  foreach(group ${groups})
    get_filename_component(name ${group} NAME)
    # It becomes part of a symbol's name (runtime/isolate/web_scripts.S.in).
    if(NOT name MATCHES "^[a-z]+$")
      message(FATAL_ERROR "${group}: a folder with a lazy/ has a name of small letters alone")
    endif()
    if(name IN_LIST scripts)
      message(FATAL_ERROR "${group}: there is another lazy group called ${name}")
    endif()
    list(APPEND scripts ${name})
  endforeach()
  list(TRANSFORM scripts PREPEND ${output_folder}/ OUTPUT_VARIABLE outputs)
  list(TRANSFORM outputs APPEND .js)
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${CMAKE_COMMAND} -E env --unset=NODE_OPTIONS ${NANO_ENGINE_EXECUTABLE}
            ${NANO_WEB_BUNDLER} ${folder} ${output_folder} ${groups}
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/package-lock.json ${NANO_WEB_BUNDLER}
    COMMENT "Bundling the Web APIs"
    VERBATIM)
  set(${names} ${scripts} PARENT_SCOPE)
endfunction()
