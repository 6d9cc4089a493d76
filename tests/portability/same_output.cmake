# cmake -D programs=<paths, separated by commas> -P same_output.cmake
# Fails unless all programs succeed and print the same.

cmake_minimum_required(VERSION 3.25)

string(REPLACE "," ";" programs "${programs}")
set(expected "")
foreach(program IN LISTS programs)
  execute_process(COMMAND ${program} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  if(expected STREQUAL "")
    set(expected "${output}")
  elseif(NOT output STREQUAL expected)
    message(FATAL_ERROR "${program} prints\n${output}but the first program\n${expected}")
  endif()
endforeach()
if(expected STREQUAL "")
  message(FATAL_ERROR "no program printed anything: this test would show nothing")
endif()
