# What builds Lambda functions in C++. Used by this project, and by the sources that a repository carries with it
# (source_bundle.py), where it stands beside the sources.
#
# A function is a static program where the machine has the static libraries (Debian's -dev packages have them); elsewhere
# it takes its loader and shared libraries along.
set(THIMBLE_FUNCTION_FOLDER ${CMAKE_CURRENT_LIST_DIR})
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(pugixml REQUIRED)
find_package(Boost 1.75 REQUIRED COMPONENTS json)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(THIMBLE_FUNCTION_STATIC ON)
set(static_libraries)
foreach(name ssl crypto z pugixml boost_json boost_container)
  # By path: CMake would ask the linker for shared libraries again after one that is named with -l.
  find_library(STATIC_${name} lib${name}.a)
  if(NOT STATIC_${name})
    message(STATUS "There is no lib${name}.a here: functions take their shared libraries along.")
    set(THIMBLE_FUNCTION_STATIC OFF)
  endif()
  list(APPEND static_libraries ${STATIC_${name}})
endforeach()

# thimble_function_library(NAME SOURCE...): the runtime as a library for functions.
function(thimble_function_library name)
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${ARGN})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PUBLIC -Wall -Wextra -Wno-missing-field-initializers -O2 -ffunction-sections
    -fdata-sections)
  target_link_options(${name} PUBLIC -s -Wl,--gc-sections -Wl,--no-warnings)
  if(THIMBLE_FUNCTION_STATIC)
    target_link_options(${name} PUBLIC -static)
    target_link_libraries(${name} PUBLIC ${static_libraries})
  else()
    target_link_libraries(${name} PUBLIC OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB pugixml::pugixml Boost::json)
    if(NOT TARGET function_launcher)
      add_executable(function_launcher EXCLUDE_FROM_ALL ${THIMBLE_FUNCTION_FOLDER}/launcher.cpp)
      target_link_options(function_launcher PRIVATE -static -s)
    endif()
  endif()
endfunction()

# thimble_function(TARGET LIBRARY FOLDER SOURCE...): a program of the sources, made ready for upload in FOLDER.
function(thimble_function target library folder)
  add_executable(${target} EXCLUDE_FROM_ALL ${ARGN})
  target_link_libraries(${target} PRIVATE ${library})
  set(launcher)
  if(NOT THIMBLE_FUNCTION_STATIC)
    set(launcher --launcher $<TARGET_FILE:function_launcher>)
    add_dependencies(${target} function_launcher)
  endif()
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${Python3_EXECUTABLE} ${THIMBLE_FUNCTION_FOLDER}/package.py $<TARGET_FILE:${target}> ${folder} ${launcher}
    VERBATIM)
endfunction()
