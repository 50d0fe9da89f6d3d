# Thimble's C++ runtime for Lambda functions, as sources: the library thimble_function_runtime, and thimble_function()
# of function.cmake, which makes a function ready for upload. Made by Thimble's `./dev functions`; to be included.
include(${CMAKE_CURRENT_LIST_DIR}/function.cmake)
file(GLOB_RECURSE thimble_function_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/functions/*.cpp
  ${CMAKE_CURRENT_LIST_DIR}/base/*.cpp ${CMAKE_CURRENT_LIST_DIR}/wire/*.cpp)
thimble_function_library(thimble_function_runtime ${thimble_function_sources})
target_include_directories(thimble_function_runtime PUBLIC ${CMAKE_CURRENT_LIST_DIR})
