# cmake -D program=... -D name=... [-D suite=...] -D label=... -D environment=... -D list=... -P this
# Asks a doctest program for its test cases, or for those of a suite, and writes a file of add_test calls
# for CTest, which give each the name "<name>: <case>".

set(of_suite "")
if(suite)
  set(of_suite --test-suite=${suite})
endif()
execute_process(
  COMMAND ${program} --list-test-cases ${of_suite} --no-colors=true
  OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)

string(REGEX REPLACE "\\[doctest\\][^\n]*\n" "" output "${output}")
string(REGEX REPLACE "=====+\n" "" output "${output}")
string(STRIP "${output}" output)
# CMake's lists give these characters a meaning of their own.
string(REPLACE "[" "<left>" output "${output}")
string(REPLACE "]" "<right>" output "${output}")
string(REPLACE ";" "<semicolon>" output "${output}")
string(REPLACE "\n" ";" cases "${output}")
list(REMOVE_DUPLICATES cases)
if(NOT cases)
  message(FATAL_ERROR "${name}: no test cases")
endif()

set(script "")
foreach(case IN LISTS cases)
  string(REPLACE "<left>" "[" case "${case}")
  string(REPLACE "<right>" "]" case "${case}")
  string(REPLACE "<semicolon>" ";" case "${case}")
  string(REPLACE "," "\\," filter "${case}")
  # A type of a test has the name that it has in its source.
  string(REGEX REPLACE "vaecollapse_joined_[0-9]+::" "" case "${case}")
  string(APPEND script "add_test([==[${name}: ${case}]==] \"${program}\" "
         "${of_suite} [==[--test-case=${filter}]==] --no-colors=true)\n" #
         "set_tests_properties([==[${name}: ${case}]==] PROPERTIES LABELS ${label}\n"
         # doctest is content with running nothing; a test that runs nothing has failed.
         "  FAIL_REGULAR_EXPRESSION [==[test cases: +0 \\|]==]\n"
         "  ENVIRONMENT [==[${environment}]==])\n")
endforeach()
file(WRITE ${list} "${script}")
