# cmake -D source=<the project's root> -P readme.cmake
# Every line of README.md and docs/ that compiles or configures is optimised, except one that times the
# compiler through a launcher; and the loop that the README shows stands so in the example that it
# names.

cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE pages ${source}/docs/*.md)
list(APPEND pages ${source}/README.md ${source}/packaging/README.md)
set(wrong "")
set(found 0)
foreach(page IN LISTS pages)
  file(READ ${page} text)
  # What stands for itself in a list of CMake.
  string(REGEX REPLACE "[][;]" "_" text "${text}")
  string(REGEX REPLACE "\\\\\n" "" text "${text}")
  string(REGEX MATCHALL "[^\n]*(c\\+\\+|g\\+\\+|clang\\+\\+) -[^\n]*|[^\n]*cmake (-S|-B|-G|--preset)[^\n]*"
                        lines "${text}")
  foreach(line IN LISTS lines)
    math(EXPR found "${found} + 1")
    if(NOT line MATCHES "-O2 .*-DNDEBUG|CMAKE_BUILD_TYPE=Release|--preset (release|docs)|CMAKE_CXX_COMPILER_LAUNCHER")
      string(APPEND wrong "\n  ${page}: ${line}")
    endif()
  endforeach()
endforeach()
if(found LESS 4)
  message(FATAL_ERROR "only ${found} lines that compile: this test does not find them any more")
endif()
if(wrong)
  message(FATAL_ERROR "lines without -O2 -DNDEBUG or a build type:${wrong}")
endif()

include(${source}/tests/package/extract_code.cmake)
set(loop ${CMAKE_CURRENT_BINARY_DIR}/readme_loop.txt)
vaecollapse_extract_code(${source}/README.md "## A training loop" ${loop})
file(READ ${loop} shown)
file(REMOVE ${loop})
file(READ ${source}/examples/hello_tape/main.cpp program)
string(FIND "${program}" "${shown}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "examples/hello_tape/main.cpp does not hold the README's loop:\n${shown}")
endif()
if(NOT shown MATCHES "vc::Scope scope\\(tape\\)")
  message(FATAL_ERROR "the README's loop opens no Scope:\n${shown}")
endif()
