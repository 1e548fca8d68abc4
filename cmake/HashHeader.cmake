# cmake -DINPUT=… -DOUTPUT=… -P HashHeader.cmake: writes a header with the input's SHA-256.
file(SHA256 ${INPUT} hash)
set(text "inline constexpr char kBaseScriptHash[] = \"${hash}\";\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
