# cmake -D compiler=... -D includes=<list> -D precompiled=<flags> -D source=<file> -P compile_fail.cmake

cmake_minimum_required(VERSION 3.25)

file(STRINGS ${source} expected REGEX "^// expect")
if(NOT expected)
  message(FATAL_ERROR "${source}: no comment `// expect: text` or `// expect to compile`")
endif()

list(TRANSFORM includes PREPEND -I OUTPUT_VARIABLE include_flags)
set(ENV{LC_ALL} C)
execute_process(
  COMMAND ${compiler} -std=c++20 -fsyntax-only -fdiagnostics-color=never -fmessage-length=0
          ${include_flags} ${precompiled} ${source}
  RESULT_VARIABLE result
  ERROR_VARIABLE errors)

if("// expect to compile" IN_LIST expected)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${source} should compile:\n${errors}")
  endif()
  return()
endif()

if(result EQUAL 0)
  message(FATAL_ERROR "${source} compiles, and must not")
endif()
foreach(line IN LISTS expected)
  if(NOT line MATCHES "^// expect: (.+)$")
    message(FATAL_ERROR "${source}: cannot read `${line}`")
  endif()
  string(FIND "${errors}" "${CMAKE_MATCH_1}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${source}: the compiler does not say `${CMAKE_MATCH_1}` but:\n${errors}")
  endif()
endforeach()
