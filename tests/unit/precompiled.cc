// Nothing: CMake makes a precompiled header for a target that compiles something.
