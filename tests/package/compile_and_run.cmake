# cmake -D compiler=... -D "flags=..." -D source=<file> -D program=<file> [-D expected=text] -P this
# Compiles one source as a person would on a command line, runs the program, and looks for
# `expected` in what it prints.

cmake_minimum_required(VERSION 3.25)

separate_arguments(flags UNIX_COMMAND "${flags}")
cmake_path(GET program PARENT_PATH folder)
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${compiler} -std=c++20 ${source} -o ${program} ${flags}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${program}
  OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)
message(STATUS "${output}")
if(expected)
  string(FIND "${output}" "${expected}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "the program does not print `${expected}`")
  endif()
endif()
