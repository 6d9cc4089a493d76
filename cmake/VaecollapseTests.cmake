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

# Registers each doctest case of program `target`, or of its suite of that name, as the test
# "<name>: <case>" with one label.
function(vaecollapse_discover_tests target name label)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${name}_cases_of_${target}.cmake)
  set(suite "")
  if(NOT name STREQUAL target)
    set(suite -D suite=${name})
  endif()
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    BYPRODUCTS ${list}
    COMMAND
      ${CMAKE_COMMAND} -D program=$<TARGET_FILE:${target}> -D name=${name} ${suite} -D label=${label} -D
      "environment=${vaecollapse_test_environment}" -D list=${list} -P
      ${PROJECT_SOURCE_DIR}/cmake/discover_tests.cmake
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY vaecollapse_cases_of_${name} ${list})
endfunction()

# CTest takes the cases of `name` from that program with them which was built last. One that was not
# built is a failed test, not a missing one.
function(vaecollapse_include_cases name)
  get_property(lists GLOBAL PROPERTY vaecollapse_cases_of_${name})
  set(include ${CMAKE_CURRENT_BINARY_DIR}/${name}_include.cmake)
  file(
    WRITE ${include}
    "set(lists \"${lists}\")\n"
    "set(newest \"\")\n"
    "foreach(list IN LISTS lists)\n"
    "  if(EXISTS \"\${list}\" AND (NOT newest OR \"\${list}\" IS_NEWER_THAN \"\${newest}\"))\n"
    "    set(newest \"\${list}\")\n"
    "  endif()\n"
    "endforeach()\n"
    "if(newest)\n  include(\"\${newest}\")\nelse()\n"
    "  add_test(${name}_not_built ${name}_not_built)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include})
endfunction()

# An executable of the joined sources of tests.
# vaecollapse_make_test_program(target MOST bytes SOURCES ... [SUITES ...] [OTHERS ...] [LIBRARIES ...]
#                               [MARCH processor])
function(vaecollapse_make_test_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MOST;MARCH" "SOURCES;SUITES;OTHERS;LIBRARIES")
  vaecollapse_join_sources(sources ${target} ${arg_MOST} "${arg_SOURCES}" "${arg_SUITES}")
  add_executable(${target} ${sources} ${arg_OTHERS} $<TARGET_OBJECTS:vaecollapse_test_main>)
  target_link_libraries(${target} PRIVATE vaecollapse_development doctest::doctest
                                          ${arg_LIBRARIES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  vaecollapse_compile_quickly(${target})
  # An assertion is one call. What it throws ends its case, which has failed then too; a handler for
  # each takes time.
  target_compile_definitions(${target} PRIVATE DOCTEST_CONFIG_NO_TRY_CATCH_IN_ASSERTS
                                               DOCTEST_CONFIG_SUPER_FAST_ASSERTS)
  # Whatever is for another processor compiles its own kernels, and shows that this works too.
  if(NOT arg_MARCH)
    target_link_libraries(${target} PRIVATE vaecollapse::compiled)
  endif()
  set_target_properties(
    ${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test_bin
                         VAECOLLAPSE_MARCH "${arg_MARCH}")
endfunction()

# vaecollapse_add_test_program(target LABEL label SOURCES ... [OTHERS ...] [LIBRARIES ...]
#                              [MARCH processor] [GROUP group])
# With a group, the sources are compiled with those of its other programs into one, and `target` is
# built only where it is asked for.
function(vaecollapse_add_test_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;MARCH;GROUP" "SOURCES;OTHERS;LIBRARIES")
  vaecollapse_make_test_program(
    ${target} MOST 110000 SOURCES ${arg_SOURCES} OTHERS ${arg_OTHERS} LIBRARIES ${arg_LIBRARIES}
    MARCH ${arg_MARCH})
  vaecollapse_discover_tests(${target} ${target} ${arg_LABEL})
  if(NOT arg_GROUP OR NOT VAECOLLAPSE_GROUP_TESTS OR NOT VAECOLLAPSE_JOIN)
    vaecollapse_include_cases(${target})
    return()
  endif()
  set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  set(group vaecollapse_group_${arg_GROUP})
  set_property(GLOBAL APPEND PROPERTY vaecollapse_groups ${arg_GROUP})
  foreach(source IN LISTS arg_SOURCES)
    set_property(GLOBAL APPEND PROPERTY ${group}_sources ${source})
    set_property(GLOBAL APPEND PROPERTY ${group}_suites ${target})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY ${group}_others ${arg_OTHERS})
  set_property(GLOBAL APPEND PROPERTY ${group}_libraries ${arg_LIBRARIES})
  set_property(GLOBAL PROPERTY ${group}_label ${arg_LABEL})
  set_property(GLOBAL PROPERTY ${group}_march ${arg_MARCH})
endfunction()

# Sets `result` to the headers that `source` includes, and those include: the library's and those of
# tests, but not the other ones.
function(vaecollapse_headers_of result source)
  get_property(all GLOBAL PROPERTY "vaecollapse_headers_of_${source}")
  if(NOT all)
    set(all ${source})
    cmake_path(GET source PARENT_PATH folder)
    file(STRINGS ${source} lines REGEX "^#include (<vaecollapse/|\")")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include [<\"]([^>\"]+).*" "\\1" included "${line}")
      foreach(place IN ITEMS ${folder} ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/tests)
        if(EXISTS ${place}/${included})
          vaecollapse_headers_of(more ${place}/${included})
          list(APPEND all ${more})
          break()
        endif()
      endforeach()
    endforeach()
    list(REMOVE_DUPLICATES all)
    set_property(GLOBAL PROPERTY "vaecollapse_headers_of_${source}" ${all})
  endif()
  set(${result} ${all} PARENT_SCOPE)
endfunction()

# Sorts the list in one variable, and that in the other with it, by how much each of these sources
# includes, those with an objective last: so what is compiled together has most in common, and a change
# of a policy compiles few sources again.
function(vaecollapse_sort_by_headers sources_variable suites_variable)
  set(rows "")
  foreach(source suite IN ZIP_LISTS ${sources_variable} ${suites_variable})
    vaecollapse_headers_of(headers ${source})
    list(LENGTH headers count)
    if(headers MATCHES "/vaecollapse/objective/")
      math(EXPR count "${count} + 100000")
    endif()
    list(APPEND rows "${count} ${source} ${suite}")
  endforeach()
  list(SORT rows COMPARE NATURAL)
  list(TRANSFORM rows REPLACE "^[0-9]+ (.+) [^ ]+$" "\\1" OUTPUT_VARIABLE sorted_sources)
  list(TRANSFORM rows REPLACE "^.+ ([^ ]+)$" "\\1" OUTPUT_VARIABLE sorted_suites)
  set(${sources_variable} ${sorted_sources} PARENT_SCOPE)
  set(${suites_variable} ${sorted_suites} PARENT_SCOPE)
endfunction()

# The program tests_<group> of each group.
function(vaecollapse_add_test_groups)
  get_property(groups GLOBAL PROPERTY vaecollapse_groups)
  list(REMOVE_DUPLICATES groups)
  foreach(group IN LISTS groups)
    foreach(what IN ITEMS sources suites others libraries label march)
      get_property(${what} GLOBAL PROPERTY vaecollapse_group_${group}_${what})
    endforeach()
    list(REMOVE_DUPLICATES libraries)
    vaecollapse_sort_by_headers(sources suites)
    vaecollapse_make_test_program(
      tests_${group} MOST 220000 SOURCES ${sources} SUITES ${suites} OTHERS ${others}
      LIBRARIES ${libraries} MARCH ${march})
    list(REMOVE_DUPLICATES suites)
    foreach(name IN LISTS suites)
      vaecollapse_discover_tests(tests_${group} ${name} ${label})
      vaecollapse_include_cases(${name})
    endforeach()
  endforeach()
endfunction()

# The programs of one folder: `target` of its *_test.cpp, labelled `fast`, and `target`_slow of
# its *_slow_test.cpp, labelled `slow`, both with its other sources, which are compiled alone. A folder
# without such files gives none.
# vaecollapse_add_test_folder(target folder [GROUP group] [LIBRARIES ...])
function(vaecollapse_add_test_folder target folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "GROUP" "LIBRARIES")
  file(GLOB_RECURSE others CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(fast ${others})
  list(FILTER others EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER fast INCLUDE REGEX "_test\\.cpp$")
  set(slow ${fast})
  list(FILTER slow INCLUDE REGEX "_slow_test\\.cpp$")
  list(FILTER fast EXCLUDE REGEX "_slow_test\\.cpp$")
  if(fast)
    vaecollapse_add_test_program(
      ${target} LABEL fast SOURCES ${fast} OTHERS ${others} LIBRARIES ${arg_LIBRARIES} GROUP
      ${arg_GROUP})
  endif()
  if(slow)
    vaecollapse_add_test_program(
      ${target}_slow LABEL slow SOURCES ${slow} OTHERS ${others} LIBRARIES ${arg_LIBRARIES})
  endif()
endfunction()
