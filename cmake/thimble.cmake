# What every target of Thimble shares, and the functions that the folders' CMakeLists use.

add_library(thimble_options INTERFACE)
target_compile_options(thimble_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 takes moved-from variants (Json) for uninitialised once it has inlined them.
  target_compile_options(thimble_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
endif()
if(THIMBLE_WERROR)
  target_compile_options(thimble_options INTERFACE -Werror)
endif()
# The sources' folder is a system of rooms: every include is written from src/, for example "base/json.h".
target_include_directories(thimble_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(THIMBLE_SANITIZE)
  target_compile_options(thimble_options INTERFACE -fsanitize=${THIMBLE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(thimble_options INTERFACE -fsanitize=${THIMBLE_SANITIZE})
endif()
if(THIMBLE_SANITIZE MATCHES thread)
  # ThreadSanitizer does not understand fences, and g++ warns about each; Asio does without them.
  target_compile_definitions(thimble_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(thimble_options INTERFACE -Wno-tsan)
  endif()
endif()
target_link_options(thimble_options INTERFACE -fuse-ld=mold)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# thimble_library(NAME [DEPENDS target...])
#
# A static library thimble_NAME of all *.cpp in the folder (tests, benchmarks and fuzzers aside), and from the files
# *_test.cpp a test program NAME_test. *.proto files become Protocol Buffers sources, included as "<folder>/x.pb.h".
function(thimble_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;TEST_DEPENDS;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB protos CONFIGURE_DEPENDS *.proto)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz|_main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(APPEND sources ${ARG_SOURCES})
  if(NOT sources AND NOT protos)
    message(FATAL_ERROR "thimble_library(${name}): no sources in ${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  add_library(thimble_${name} STATIC ${sources})
  target_link_libraries(thimble_${name} PUBLIC thimble_options ${ARG_DEPENDS})
  foreach(proto ${protos})
    thimble_proto(thimble_${name} ${proto})
  endforeach()
  if(THIMBLE_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE thimble_${name} ${ARG_TEST_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE THIMBLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" THIMBLE_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
  file(GLOB fuzzers CONFIGURE_DEPENDS *_fuzz.cpp)
  if(THIMBLE_FUZZERS)
    foreach(fuzzer ${fuzzers})
      get_filename_component(fuzzer_name ${fuzzer} NAME_WE)
      add_executable(${fuzzer_name} ${fuzzer})
      target_link_libraries(${fuzzer_name} PRIVATE thimble_${name})
      target_link_options(${fuzzer_name} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY THIMBLE_FUZZER_TARGETS ${fuzzer_name})
    endforeach()
  endif()
  file(GLOB benches CONFIGURE_DEPENDS *_bench.cpp)
  if(benches AND benchmark_FOUND)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
    target_link_libraries(${name}_bench PRIVATE thimble_${name} benchmark::benchmark benchmark::benchmark_main)
    set_property(GLOBAL APPEND PROPERTY THIMBLE_BENCH_TARGETS ${name}_bench)
  endif()
endfunction()

# Generates x.pb.h and x.pb.cc of one .proto under src/, and adds them to the target.
function(thimble_proto target proto)
  file(RELATIVE_PATH relative ${CMAKE_SOURCE_DIR}/src ${proto})
  get_filename_component(folder ${relative} DIRECTORY)
  get_filename_component(stem ${relative} NAME_WE)
  set(out ${CMAKE_BINARY_DIR}/generated/${folder}/${stem}.pb)
  add_custom_command(OUTPUT ${out}.cc ${out}.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
    COMMAND protobuf::protoc --cpp_out=${CMAKE_BINARY_DIR}/generated -I ${CMAKE_SOURCE_DIR}/src ${relative}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/src DEPENDS ${proto} VERBATIM)
  target_sources(${target} PRIVATE ${out}.cc ${out}.h)
  set_source_files_properties(${out}.cc PROPERTIES COMPILE_OPTIONS -w)
  target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
endfunction()

# thimble_embed(TARGET FILE NAMESPACE): the file's text as a std::string_view in the target; "page.html" becomes
# NAMESPACE::kPageHtml, to be declared where it is used.
function(thimble_embed target file namespace)
  get_filename_component(path ${file} ABSOLUTE)
  get_filename_component(name ${file} NAME)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp)
  add_custom_command(OUTPUT ${out}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed_text.py ${path} ${namespace} ${out}
    DEPENDS ${path} ${CMAKE_SOURCE_DIR}/tools/embed_text.py VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
