// A program on the engine: defines NanoMain and is linked by nano_add_engine_program(). NanoMain
// runs on the main thread; the rest is safe on any, once it has begun.
#pragma once

#include <string>

// The program's main function.
int NanoMain(int argc, char** argv);

namespace nano::runtime {

// Where the program's library was loaded from, and the folder it lies in (lib/nano), which holds
// the other files that belong to the installation.
std::string LibraryPath();
std::string LibraryDirectory();

}  // namespace nano::runtime
