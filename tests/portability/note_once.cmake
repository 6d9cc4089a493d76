# cmake -D slow=<a program built with -O0> -D fast=<with -O2> -D small=<with -Os> -P note_once.cmake
# Each runs backward many times. The first says once on standard error that it is slow, the others
# nothing.

cmake_minimum_required(VERSION 3.25)

function(notes_of program result)
  execute_process(COMMAND ${program} ERROR_VARIABLE errors OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${errors}" PARENT_SCOPE)
endfunction()

notes_of(${slow} text)
if(NOT text MATCHES "^note: vaecollapse was compiled without optimisation[^\n]*-O2 -DNDEBUG[^\n]*\n$")
  message(FATAL_ERROR "${slow} says\n${text}")
endif()
foreach(program IN ITEMS ${fast} ${small})
  notes_of(${program} text)
  if(NOT text STREQUAL "")
    message(FATAL_ERROR "${program} says\n${text}")
  endif()
endforeach()
