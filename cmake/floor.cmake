# With PEREGRINE_PRECOMPILE what most files include of others is read once, by the first floor and by its tests: half of
# the time of a build without optimisation. The other builds see to it that each file includes what it uses.
set(common_headers <algorithm> <chrono> <fstream> <functional> <map> <memory> <optional> <random> <string> <unordered_map>
  <vector> <fmt/format.h>)

# precompile(TARGET FIRST header…): the target FIRST does, and all others read what it made.
function(precompile target first)
  if(NOT PEREGRINE_PRECOMPILE)
    return()
  endif()
  if(target STREQUAL first)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
endfunction()

# floor(NAME [ON floor…] [LIBRARIES target…] [TEST_LIBRARIES target…] [COMMAND])
#
# A folder of peregrine/ is a floor: one library, made of the folder's sources, that may include only its own headers and
# those of the floors named after ON (and what these stand on). The compiler keeps it so: a floor's headers are reached
# through a directory of links that holds this floor and no other, so an include of a floor above does not resolve.
#
# Files named *_test.cpp become the floor's test program; a header named *_extras.hpp is for the floor's own sources
# and not installed. COMMAND marks a floor that belongs to the program and is not installed with the library.
function(floor name)
  cmake_parse_arguments(arg "COMMAND" "" "ON;LIBRARIES;TEST_LIBRARIES" ${ARGN})
  set(target peregrine_${name})
  set(links ${PROJECT_BINARY_DIR}/floors/${name})
  file(MAKE_DIRECTORY ${links}/peregrine)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${links}/peregrine/${name} SYMBOLIC)

  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  list(FILTER headers EXCLUDE REGEX "_test\\.hpp$")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM arg_ON PREPEND peregrine_ OUTPUT_VARIABLE below)

  if(sources)
    add_library(${target} STATIC ${sources} ${headers})
    set(kind PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(kind INTERFACE)
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} ${kind} $<BUILD_INTERFACE:${links}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} ${kind} cxx_std_20)
  target_link_libraries(${target} ${kind} ${below} ${arg_LIBRARIES})

  if(sources)
    precompile(${target} peregrine_base ${common_headers})
  endif()

  if(tests AND PEREGRINE_TESTS AND PEREGRINE_UNIT_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${target} ${arg_TEST_LIBRARIES} GTest::gtest_main)
    precompile(${name}_test base_test ${common_headers} <gtest/gtest.h>)
    # A name that another folder gives as well would take both for one, with the labels of the last.
    add_test(NAME ${name}_test COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(${name}_test PROPERTIES LABELS unit)
  endif()

  if(NOT arg_COMMAND)
    install(TARGETS ${target} EXPORT peregrine ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    list(FILTER headers EXCLUDE REGEX "_extras\\.hpp$")
    install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/peregrine/${name})
  endif()
endfunction()
