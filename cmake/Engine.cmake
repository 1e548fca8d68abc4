# The engine: V8, libuv, OpenSSL, zlib and llhttp, all taken from one pinned npm package that holds
# their headers and a single executable exporting them. docs/engine.md says why.
#
# Defines:
#   NANO_ENGINE_EXECUTABLE   the untouched executable
#   nano::v8 nano::uv nano::openssl nano::zlib   their headers; the symbols are the executable's

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(NANO_ENGINE_ARCH x64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(NANO_ENGINE_ARCH arm64)
else()
  message(FATAL_ERROR "NANO runs on x86-64 and arm64; this machine is ${CMAKE_SYSTEM_PROCESSOR}.")
endif()

set(package ${CMAKE_SOURCE_DIR}/node_modules/node-linux-${NANO_ENGINE_ARCH})
set(NANO_ENGINE_EXECUTABLE ${package}/bin/node)
set(NANO_ENGINE_INCLUDE ${package}/include/node)
if(NOT EXISTS ${NANO_ENGINE_EXECUTABLE} OR NOT EXISTS ${NANO_ENGINE_INCLUDE}/v8.h)
  message(FATAL_ERROR "The engine is missing: ${package}\nRun `make deps` (or `npm ci --ignore-scripts`).")
endif()

# The value of a `#define NAME value` in one of the engine's headers.
function(nano_read_define header name out)
  file(STRINGS ${NANO_ENGINE_INCLUDE}/${header} line REGEX "#[ ]*define[ ]+${name}[ ]")
  string(REGEX REPLACE ".*#[ ]*define[ ]+${name}[ ]+\"?([^\"]*)\"?[ ]*$" "\\1" value "${line}")
  string(STRIP "${value}" value)
  set(${out} "${value}" PARENT_SCOPE)
endfunction()

# Headers and executable come in one package, but a patched or half-installed tree must not build.
function(nano_check_engine_versions)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=NODE_OPTIONS ${NANO_ENGINE_EXECUTABLE} -p
            "const v = process.versions; [v.v8, v.uv, v.openssl, v.zlib, v.llhttp, v.ares, v.node].join(';')"
    OUTPUT_VARIABLE found
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The engine does not start: ${NANO_ENGINE_EXECUTABLE} (${status})")
  endif()
  list(GET found 0 executable_v8)
  list(GET found 1 executable_uv)
  list(GET found 2 executable_openssl)
  list(GET found 3 executable_zlib)
  list(GET found 4 executable_llhttp)
  list(GET found 5 executable_ares)
  list(GET found 6 executable_release)

  foreach(part MAJOR_VERSION MINOR_VERSION BUILD_NUMBER PATCH_LEVEL)
    nano_read_define(v8-version.h V8_${part} v8_${part})
  endforeach()
  set(headers_v8 "${v8_MAJOR_VERSION}.${v8_MINOR_VERSION}.${v8_BUILD_NUMBER}.${v8_PATCH_LEVEL}")
  foreach(part MAJOR MINOR PATCH)
    nano_read_define(uv/version.h UV_VERSION_${part} uv_${part})
  endforeach()
  set(headers_uv "${uv_MAJOR}.${uv_MINOR}.${uv_PATCH}")
  nano_read_define(zlib.h ZLIB_VERSION headers_zlib)
  file(GLOB_RECURSE opensslv ${NANO_ENGINE_INCLUDE}/openssl/opensslv*.h)
  set(headers_openssl "")
  foreach(file ${opensslv})
    file(STRINGS ${file} line REGEX "define OPENSSL_VERSION_STR ")
    if(line)
      string(REGEX REPLACE ".*\"([^\"]+)\".*" "\\1" headers_openssl "${line}")
      break()
    endif()
  endforeach()

  foreach(library v8 uv zlib openssl)
    # The executable appends a suffix of its own to some versions: "14.6.202.34-node.34".
    if(headers_${library} STREQUAL ""
       OR NOT executable_${library} MATCHES "^${headers_${library}}([^0-9]|$)")
      message(FATAL_ERROR "The engine's ${library} headers are ${headers_${library}} and its "
                          "executable's are ${executable_${library}}. Reinstall it: `npm ci`.")
    endif()
  endforeach()
  # Declared in http/http1/llhttp.h, which the engine ships no header for.
  if(NOT executable_llhttp MATCHES "^9\\.")
    message(FATAL_ERROR "http/http1/llhttp.h declares llhttp 9; the engine has ${executable_llhttp}.")
  endif()
  # Likewise, in net/ares.h.
  if(NOT executable_ares MATCHES "^1\\.34\\.")
    message(FATAL_ERROR "net/ares.h declares c-ares 1.34; the engine has ${executable_ares}.")
  endif()
  message(STATUS "Engine: Node.js ${executable_release}, V8 ${executable_v8}, libuv ${executable_uv}, "
                 "OpenSSL ${executable_openssl}, llhttp ${executable_llhttp}")
  set(NANO_ENGINE_RELEASE ${executable_release} PARENT_SCOPE)
endfunction()
nano_check_engine_versions()

# The package keeps all headers in one folder. Here each library has a folder of links to its own, so
# that a target sees the libraries that it names and no others.
set(nano_headers_v8 v8*.h libplatform cppgc)
set(nano_headers_uv uv.h uv)
set(nano_headers_openssl openssl)
set(nano_headers_zlib zlib.h zconf.h)
foreach(library v8 uv openssl zlib)
  set(folder ${CMAKE_BINARY_DIR}/engine/${library})
  file(MAKE_DIRECTORY ${folder})
  list(TRANSFORM nano_headers_${library} PREPEND ${NANO_ENGINE_INCLUDE}/)
  file(GLOB headers ${nano_headers_${library}})
  foreach(header ${headers})
    get_filename_component(name ${header} NAME)
    file(CREATE_LINK ${header} ${folder}/${name} SYMBOLIC)
  endforeach()
  add_library(nano_engine_${library} INTERFACE)
  target_include_directories(nano_engine_${library} SYSTEM INTERFACE ${folder})
  add_library(nano::${library} ALIAS nano_engine_${library})
endforeach()
