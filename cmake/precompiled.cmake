# Precompiled headers: what most files read again and again, about half of a build's time, is parsed once for each kind of
# target. A file still includes all that it uses: builds without them (debug, the sanitizers, clang) show when it does not.
option(THIMBLE_PRECOMPILE "Parse the common headers once" OFF)

if(THIMBLE_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # In a precompiled header g++ 12 forgets which of its own headers' warnings are silenced, and reports copies of short
  # strings. The sanitizers' builds, which have no precompiled headers, keep the warning.
  target_compile_options(thimble_options INTERFACE -Wno-array-bounds -Wno-restrict
    -Wno-stringop-overflow -Wno-stringop-overread)
endif()

set(thimble_standard_headers <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <deque> <functional> <map>
  <memory> <mutex> <optional> <set> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant>
  <vector>)

# thimble_precompiled(KIND [HEADERS header...] [DEPENDS target...] [OPTIONS option...]): the standard library's headers and
# these, for the targets that thimble_use_precompiled() gives them to. g++ demands that a user be compiled with the same
# options; another level of optimisation makes it crash.
function(thimble_precompiled kind)
  if(NOT THIMBLE_PRECOMPILE)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPENDS;OPTIONS" ${ARGN})
  set(source ${CMAKE_BINARY_DIR}/precompiled_${kind}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(thimble_precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${source})
  target_link_libraries(thimble_precompiled_${kind} PRIVATE thimble_options ${ARG_DEPENDS})
  target_compile_options(thimble_precompiled_${kind} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(thimble_precompiled_${kind} PRIVATE ${thimble_standard_headers} ${ARG_HEADERS})
endfunction()

function(thimble_use_precompiled target kind)
  if(THIMBLE_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM thimble_precompiled_${kind})
  endif()
endfunction()
