# Compiler and linker settings that hold for every target of the repository, so they are set for the whole of
# it: no target could do without one of them, since all ends up in libraries of the same kind. What is
# particular to a target stands with the target.
option(NANO_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" ON)
set(NANO_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address,undefined or thread")

add_compile_options(
  -Wall
  -Wextra
  # Parameters of an interface that an implementer has no use for keep their names.
  -Wno-unused-parameter
  # `.member = value` leaves the other members to their defaults on purpose.
  -Wno-missing-field-initializers
  # Everything ends up in shared libraries, but nobody replaces our functions by others of the same name: calls
  # within a library may be direct, and inlined.
  -fno-semantic-interposition
  # The libraries are preloaded, never opened later (cmake/EngineProgram.cmake), so that thread-local variables
  # have fixed places: one instruction instead of a call.
  -ftls-model=initial-exec)
# Of debug information what stack traces take, functions and lines: a quarter of the time that compiling takes
# goes into the rest, which is there with the preset dev.
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" OR NANO_SANITIZE)
  add_compile_options(-g1)
endif()
if(NANO_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(NANO_SANITIZE)
  # vptr wants type information, which the engine does not export. UndefinedBehaviorSanitizer prints and goes
  # on if it is not told to end the program, and no test would fail.
  add_compile_options(-fsanitize=${NANO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                      -fno-sanitize=vptr)
  add_link_options(-fsanitize=${NANO_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # What ccache's manual demands for precompiled headers: without it, whatever uses one is compiled
  # each time.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()
