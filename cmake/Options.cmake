# Compiler and linker settings that hold for every target.
option(NANO_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" ON)
set(NANO_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address,undefined or thread")

add_compile_options(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -fno-semantic-interposition -ftls-model=initial-exec)
if(NANO_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(NANO_SANITIZE)
  add_compile_options(-fsanitize=${NANO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize=vptr)
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
