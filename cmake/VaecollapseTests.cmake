# Test programs: one per folder of sources, each test case of it a CTest test of its own.

set(vaecollapse_shared_data ${VAECOLLAPSE_SHARED_DATA})
if(NOT vaecollapse_shared_data AND IS_DIRECTORY
                                   ${PROJECT_SOURCE_DIR}/../shared/data/sigmorphon2016)
  cmake_path(SET vaecollapse_shared_data NORMALIZE
             ${PROJECT_SOURCE_DIR}/../shared/data/sigmorphon2016)
endif()
if(NOT vaecollapse_shared_data)
  message(STATUS "vaecollapse: tests on the SIGMORPHON 2016 files are left out: "
                 "VAECOLLAPSE_SHARED_DATA is not set")
endif()

# What every test finds in its environment.
set(vaecollapse_test_environment
    VAECOLLAPSE_BIN=${PROJECT_BINARY_DIR}/bin
    VAECOLLAPSE_SOURCE=${PROJECT_SOURCE_DIR}
    VAECOLLAPSE_CXX=${CMAKE_CXX_COMPILER}
    ASAN_OPTIONS=detect_stack_use_after_return=1:detect_leaks=1
    UBSAN_OPTIONS=print_stacktrace=1
    TSAN_OPTIONS=halt_on_error=1)
if(vaecollapse_shared_data)
  list(APPEND vaecollapse_test_environment VAECOLLAPSE_SHARED_DATA=${vaecollapse_shared_data})
endif()

# Registers each doctest case of program `target` as the test "<target>: <case>" with one label.
function(vaecollapse_discover_tests target label)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${target}_cases.cmake)
  set(include ${CMAKE_CURRENT_BINARY_DIR}/${target}_include.cmake)
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    BYPRODUCTS ${list}
    COMMAND
      ${CMAKE_COMMAND} -D program=$<TARGET_FILE:${target}> -D name=${target} -D label=${label} -D
      "environment=${vaecollapse_test_environment}" -D list=${list} -P
      ${PROJECT_SOURCE_DIR}/cmake/discover_tests.cmake
    VERBATIM)
  # A program that was not built is a failed test, not a missing one.
  file(
    WRITE ${include}
    "if(EXISTS \"${list}\")\n  include(\"${list}\")\nelse()\n"
    "  add_test(${target}_not_built ${target}_not_built)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include})
endfunction()

# vaecollapse_add_test_program(target LABEL label SOURCES ... [LIBRARIES ...] [MARCH processor])
function(vaecollapse_add_test_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;MARCH" "SOURCES;LIBRARIES")
  vaecollapse_join_sources(sources ${target} ${arg_SOURCES})
  add_executable(${target} ${sources} $<TARGET_OBJECTS:vaecollapse_test_main>)
  target_link_libraries(${target} PRIVATE vaecollapse_development doctest::doctest
                                          ${arg_LIBRARIES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  vaecollapse_compile_quickly(${target})
  # What an assertion throws ends its case, which has failed then too; a handler for each takes time.
  target_compile_definitions(${target} PRIVATE DOCTEST_CONFIG_NO_TRY_CATCH_IN_ASSERTS)
  # Whatever is for another processor compiles its own kernels, and shows that this works too.
  if(NOT arg_MARCH)
    target_link_libraries(${target} PRIVATE vaecollapse::compiled)
  endif()
  set_target_properties(
    ${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test_bin
                         VAECOLLAPSE_MARCH "${arg_MARCH}")
  vaecollapse_discover_tests(${target} ${arg_LABEL})
endfunction()

# The programs of one folder: `target` of its *_test.cpp, labelled `fast`, and `target`_slow of
# its *_slow_test.cpp, labelled `slow`. A folder without such files gives none.
function(vaecollapse_add_test_folder target folder)
  file(GLOB_RECURSE fast CONFIGURE_DEPENDS ${folder}/*_test.cpp)
  set(slow ${fast})
  list(FILTER slow INCLUDE REGEX "_slow_test\\.cpp$")
  list(FILTER fast EXCLUDE REGEX "_slow_test\\.cpp$")
  if(fast)
    vaecollapse_add_test_program(${target} LABEL fast SOURCES ${fast} LIBRARIES ${ARGN})
  endif()
  if(slow)
    vaecollapse_add_test_program(${target}_slow LABEL slow SOURCES ${slow} LIBRARIES ${ARGN})
  endif()
endfunction()
