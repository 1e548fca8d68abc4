# The standard library's headers that most files include, read once instead of some 300 times: a quarter to a
# half of what a small file costs. nano_base precompiles them, the layers above reuse that. Of libraries only
# what a whole target sees is precompiled (V8's headers in the runtime, CLI11's in the programs, Catch2's in the
# tests). Files include what they use all the same: clang-tidy reads them without.
set(NANO_PRECOMPILED_HEADERS
    <algorithm>
    <chrono>
    <functional>
    <map>
    <memory>
    <optional>
    <string>
    <string_view>
    <utility>
    <variant>
    <vector>)
