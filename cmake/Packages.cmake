# Debian packages (scripts/bootstrap installs them).
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
if(NANO_BUILD_TESTS)
  find_package(Catch2 2 REQUIRED)
endif()

# Debian's static archive is not position-independent, so it cannot be part of a program's library.
# The shared one is installed beside that (lib/nano), where INSTALL_RPATH finds it: an installed tree
# depends on nothing but the C and C++ runtime.
add_library(nano_yaml_cpp INTERFACE)
target_include_directories(nano_yaml_cpp SYSTEM INTERFACE ${YAML_CPP_INCLUDE_DIR})
target_link_libraries(nano_yaml_cpp INTERFACE yaml-cpp)
get_target_property(yaml_cpp_soname yaml-cpp IMPORTED_SONAME_NONE)
get_target_property(yaml_cpp_library yaml-cpp IMPORTED_LOCATION_NONE)
install(PROGRAMS ${yaml_cpp_library} DESTINATION lib/nano RENAME ${yaml_cpp_soname})
add_library(nano::yaml_cpp ALIAS nano_yaml_cpp)

# Headers alone, of which one file includes any.
find_path(NANO_TOMLPLUSPLUS toml++/toml.h REQUIRED)
add_library(nano_tomlplusplus INTERFACE)
target_include_directories(nano_tomlplusplus SYSTEM INTERFACE ${NANO_TOMLPLUSPLUS})
add_library(nano::tomlplusplus ALIAS nano_tomlplusplus)
# SQLite, by its shared library likewise: that of the machine that NANO was built on goes with it.
find_package(SQLite3 REQUIRED)
add_library(nano_sqlite INTERFACE)
target_include_directories(nano_sqlite SYSTEM INTERFACE ${SQLite3_INCLUDE_DIRS})
target_link_libraries(nano_sqlite INTERFACE ${SQLite3_LIBRARIES})
get_filename_component(sqlite_library ${SQLite3_LIBRARIES} REALPATH)
install(PROGRAMS ${sqlite_library} DESTINATION lib/nano RENAME libsqlite3.so.0)
add_library(nano::sqlite ALIAS nano_sqlite)

# hiredis, which has no package for CMake, likewise.
find_path(NANO_HIREDIS_INCLUDE hiredis/hiredis.h REQUIRED)
find_library(NANO_HIREDIS_LIBRARY hiredis REQUIRED)
add_library(nano_hiredis INTERFACE)
target_include_directories(nano_hiredis SYSTEM INTERFACE ${NANO_HIREDIS_INCLUDE})
target_link_libraries(nano_hiredis INTERFACE ${NANO_HIREDIS_LIBRARY})
get_filename_component(hiredis_library ${NANO_HIREDIS_LIBRARY} REALPATH)
get_filename_component(hiredis_soname ${hiredis_library} NAME)
install(PROGRAMS ${hiredis_library} DESTINATION lib/nano RENAME ${hiredis_soname})
add_library(nano::hiredis ALIAS nano_hiredis)
