# cmake -D nm=... -D first=<object> -D second=<object> -P shared_symbols.cmake
# Fails if both objects define the same symbol of the library or of xsimd, or of what `names` matches.

cmake_minimum_required(VERSION 3.25)

if(NOT DEFINED names)
  set(names "vaecollapse::|xsimd::")
endif()

function(symbols_of object result)
  execute_process(
    COMMAND ${nm} --defined-only -C ${object}
    OUTPUT_VARIABLE output
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "[][;]" "_" output "${output}")
  string(REGEX MATCHALL "[^\n]+" lines "${output}")
  list(FILTER lines INCLUDE REGEX "${names}")
  # Address and kind of the symbol.
  list(TRANSFORM lines REPLACE "^[0-9a-f]* *[A-Za-z] " "")
  if(NOT lines)
    message(FATAL_ERROR "${object} defines no symbol of the library: this test would show nothing")
  endif()
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

symbols_of(${first} first_symbols)
symbols_of(${second} second_symbols)
set(shared "")
foreach(symbol IN LISTS first_symbols)
  if(symbol IN_LIST second_symbols)
    string(APPEND shared "\n  ${symbol}")
  endif()
endforeach()
if(shared)
  message(FATAL_ERROR "defined by both objects:${shared}")
endif()
list(LENGTH first_symbols first_count)
list(LENGTH second_symbols second_count)
message(STATUS "${first_count} and ${second_count} symbols, none shared")
