# nano_add_engine_program(NAME SOURCES… LIBRARIES…): a program that runs on the engine.
#
# It consists of
#   bin/NAME              a launcher that sets LD_PRELOAD and runs the engine
#   lib/nano/libNAME.so   the program's code, which replaces the engine's main()
#   lib/nano/engine       the engine's executable, shared by all programs
# in the build tree and, with INSTALL, in the installation as well; found relative to the launcher, so
# that the tree can be moved.

set(NANO_BIN_DIR ${CMAKE_BINARY_DIR}/bin)
set(NANO_LIB_DIR ${CMAKE_BINARY_DIR}/lib/nano)
file(MAKE_DIRECTORY ${NANO_BIN_DIR} ${NANO_LIB_DIR})
file(CREATE_LINK ${NANO_ENGINE_EXECUTABLE} ${NANO_LIB_DIR}/engine SYMBOLIC)

# Alike in all programs.
add_library(nano_engine_entry OBJECT ${CMAKE_SOURCE_DIR}/runtime/engine/entry.cc)
target_link_libraries(nano_engine_entry PRIVATE nano::openssl)
add_library(nano_engine_launcher OBJECT ${CMAKE_SOURCE_DIR}/runtime/engine/launcher.cc)
target_compile_options(nano_engine_launcher PRIVATE -fno-sanitize=all)
if(NANO_SANITIZE MATCHES "address")
  target_compile_definitions(nano_engine_launcher PRIVATE NANO_PRELOAD_FIRST="libasan.so.8")
elseif(NANO_SANITIZE MATCHES "thread")
  target_compile_definitions(nano_engine_launcher PRIVATE NANO_PRELOAD_FIRST="libtsan.so.2")
endif()

function(nano_add_engine_program name)
  cmake_parse_arguments(arg "INSTALL" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} SHARED ${arg_SOURCES} $<TARGET_OBJECTS:nano_engine_entry>)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} ${CMAKE_DL_LIBS})
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${NANO_LIB_DIR}
                                           INSTALL_RPATH $ORIGIN
                                           # CMake's placeholder would search the working directory.
                                           BUILD_WITH_INSTALL_RPATH ON)

  add_executable(${name}-launcher $<TARGET_OBJECTS:nano_engine_launcher>)
  target_link_options(${name}-launcher PRIVATE -static -fno-sanitize=all)
  set_target_properties(${name}-launcher PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${NANO_BIN_DIR}
                                                    OUTPUT_NAME ${name}
                                                    LINKER_LANGUAGE CXX)
  add_dependencies(${name} ${name}-launcher)

  if(arg_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION lib/nano)
    install(TARGETS ${name}-launcher RUNTIME DESTINATION bin)
  endif()
endfunction()

install(PROGRAMS ${NANO_ENGINE_EXECUTABLE} DESTINATION lib/nano RENAME engine)
