# cmake -D document=<file.md> -D heading=<line> -D kind=<GCC|Clang> -D compiler=... -D includes=<list>
#       -D precompiled=<flags> -D folder=<folder> -P mistake.cmake
# Compiles the program below a heading of the gallery, and looks for each line of the text that
# stands there for this compiler, or for the running program.

cmake_minimum_required(VERSION 3.25)

# What stands between the first `before` and the first `after` behind it; empty without `before`.
function(between text before after result)
  set(${result} "" PARENT_SCOPE)
  string(FIND "${text}" "${before}" begin)
  if(NOT begin EQUAL -1)
    string(LENGTH "${before}" length)
    math(EXPR begin "${begin} + ${length}")
    string(SUBSTRING "${text}" ${begin} -1 rest)
    string(FIND "${rest}" "${after}" end)
    string(SUBSTRING "${rest}" 0 ${end} inside)
    set(${result} "${inside}" PARENT_SCOPE)
  endif()
endfunction()

file(READ ${document} text)
between("${text}\n## " "\n${heading}\n" "\n## " section)
between("${section}" "\n```cpp\n" "```\n" code)
between("${section}" "\nAt run time:\n\n```text\n" "```\n" at_run_time)
set(expected "${at_run_time}")
foreach(compilers IN ITEMS ${kind} "GCC and Clang")
  if(NOT expected)
    between("${section}" "\n${compilers}:\n\n```text\n" "```\n" expected)
  endif()
endforeach()
if(NOT code OR NOT expected)
  message(FATAL_ERROR "${document}: no program or no text below `${heading}`")
endif()

set(program ${folder}/program)
file(CONFIGURE OUTPUT ${program}.cpp CONTENT "${code}" @ONLY)
file(REMOVE ${program})
list(TRANSFORM includes PREPEND -I OUTPUT_VARIABLE include_flags)
set(ENV{LC_ALL} C)
execute_process(
  COMMAND ${compiler} -std=c++20 -fdiagnostics-color=never -fmessage-length=0 ${include_flags}
          ${precompiled} ${program}.cpp -o ${program}
  RESULT_VARIABLE failed
  ERROR_VARIABLE said)
if(at_run_time)
  if(NOT failed STREQUAL "0")
    message(FATAL_ERROR "does not compile:\n${said}")
  endif()
  execute_process(
    COMMAND ${program}
    RESULT_VARIABLE failed
    ERROR_VARIABLE said
    OUTPUT_QUIET)
endif()
if(failed STREQUAL "0")
  message(FATAL_ERROR "there is no mistake in\n${code}")
endif()

string(REGEX REPLACE "vaecollapse::v[0-9]+_[0-9]+_[a-z0-9_]+::" "vaecollapse::" said "${said}")
while(expected)
  string(FIND "${expected}" "\n" end)
  string(SUBSTRING "${expected}" 0 ${end} line)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${expected}" ${end} -1 expected)
  string(FIND "${said}" "${line}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "nobody says\n${line}\nbut:\n${said}")
  endif()
endwhile()
