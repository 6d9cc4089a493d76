# cmake -D program=... -D name=... -D label=... -D environment=... -D list=... -P this
# Asks a doctest program for its test cases and writes a file of add_test calls for CTest.

execute_process(
  COMMAND ${program} --list-test-cases --no-colors=true
  OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)

# CMake's lists and doctest's filters give these characters a meaning of their own.
if(output MATCHES "[^\n]*[][;][^\n]*" AND NOT CMAKE_MATCH_0 MATCHES "^\\[doctest\\]")
  message(FATAL_ERROR "${name}: a test case may not have [, ] or ; in its name: ${CMAKE_MATCH_0}")
endif()
string(REGEX REPLACE "\\[doctest\\][^\n]*\n" "" output "${output}")
string(REGEX REPLACE "=====+\n" "" output "${output}")
string(STRIP "${output}" output)
string(REPLACE "\n" ";" cases "${output}")
list(REMOVE_DUPLICATES cases)
if(NOT cases)
  message(FATAL_ERROR "${name}: no test cases")
endif()

set(script "")
foreach(case IN LISTS cases)
  string(REPLACE "," "\\," filter "${case}")
  string(APPEND script "add_test([==[${name}: ${case}]==] \"${program}\" "
         "[==[--test-case=${filter}]==] --no-colors=true)\n" #
         "set_tests_properties([==[${name}: ${case}]==] PROPERTIES LABELS ${label}\n"
         # doctest is content with running nothing; a test that runs nothing has failed.
         "  FAIL_REGULAR_EXPRESSION [==[test cases: +0 \\|]==]\n"
         "  ENVIRONMENT [==[${environment}]==])\n")
endforeach()
file(WRITE ${list} "${script}")
