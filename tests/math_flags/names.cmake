# cmake -D compiler=<path> -D id=<GNU or Clang> -D include=<folder> -P names.cmake
# Each flag that the compiler shows by a macro gives another inline namespace, and so does each
# instruction set; the flag that is refused is named.

cmake_minimum_required(VERSION 3.25)

function(preprocess result)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E echo "#include <vaecollapse/config.hpp>\nname VAECOLLAPSE_ABI"
    COMMAND ${compiler} -std=c++20 -I${include} -E -P ${ARGN} -x c++ -
    OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "name [a-z0-9_]+" name "${output}")
  if(name STREQUAL "")
    message(FATAL_ERROR "no name in\n${output}")
  endif()
  set(${result} ${name} PARENT_SCOPE)
endfunction()

set(sets "-O1" "-O1 -ffast-math" "-O1 -ffinite-math-only" "-O1 -fno-math-errno")
if(id STREQUAL "GNU")
  list(APPEND sets "-O1 -fassociative-math -fno-signed-zeros -fno-trapping-math"
       "-O1 -fno-signed-zeros -fno-trapping-math" "-O1 -freciprocal-math" "-O1 -fno-signed-zeros"
       "-O1 -fno-trapping-math" "-O1 -frounding-math" "-O1 -funsafe-math-optimizations"
       "-O1 -ffast-math -fno-finite-math-only")
endif()
execute_process(COMMAND ${compiler} -dumpmachine OUTPUT_VARIABLE machine COMMAND_ERROR_IS_FATAL ANY)
if(machine MATCHES "^x86_64")
  list(APPEND sets "-O1 -msse4.2" "-O1 -mavx" "-O1 -mavx2" "-O1 -mavx2 -mfma" "-O1 -mavx512f"
       "-O1 -mavx512f -mavx512bw -mavx512dq")
endif()
set(names "")
foreach(flags IN LISTS sets)
  separate_arguments(list UNIX_COMMAND "${flags}")
  preprocess(name ${list})
  message(STATUS "${flags}: ${name}")
  if(name IN_LIST names)
    message(FATAL_ERROR "${flags}: ${name} is also the name of other flags")
  endif()
  list(APPEND names ${name})
endforeach()

if(id STREQUAL "GNU")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E echo "#include <vaecollapse/config.hpp>"
    COMMAND ${compiler} -std=c++20 -I${include} -fsyntax-only -fsingle-precision-constant -x c++ -
    RESULT_VARIABLE status ERROR_VARIABLE errors)
  if(status EQUAL 0 OR NOT errors MATCHES "cannot be compiled with -fsingle-precision-constant")
    message(FATAL_ERROR "-fsingle-precision-constant was not refused by name: ${status}\n${errors}")
  endif()
endif()
