# cmake -D work=<scratch folder> -P broken_umbrella_test.cmake
# The check of the umbrella has to find each of these.

cmake_minimum_required(VERSION 3.25)

# A folder of headers whose umbrella has `text`.
function(expect_problem text expected)
  file(REMOVE_RECURSE ${work})
  foreach(header core/a nn/b io/file kernels/compiled kernels/naive/gru core/wake_elsewhere)
    file(WRITE ${work}/vaecollapse/${header}.hpp "#pragma once\n")
  endforeach()
  if(expected MATCHES "left out")
    file(REMOVE ${work}/vaecollapse/kernels/naive/gru.hpp)
  endif()
  file(WRITE ${work}/vaecollapse/vaecollapse.hpp "#pragma once\n${text}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -D include_dir=${work} -P
            ${CMAKE_CURRENT_LIST_DIR}/check_umbrella.cmake
    RESULT_VARIABLE result
    ERROR_VARIABLE errors
    OUTPUT_QUIET)
  # CMake wraps long messages.
  string(REGEX REPLACE "[ \n]+" " " errors "${errors}")
  string(FIND "${errors}" "${expected}" found)
  if(expected STREQUAL "nothing")
    if(NOT result EQUAL 0)
      message(SEND_ERROR "should pass, but: ${errors}")
    endif()
  elseif(result EQUAL 0 OR found EQUAL -1)
    message(SEND_ERROR "expected \"${expected}\", got: ${errors}")
  endif()
endfunction()

set(a "#include <vaecollapse/core/a.hpp>\n")
set(b "#include <vaecollapse/nn/b.hpp>\n")
expect_problem("${a}${b}" nothing)
expect_problem("${a}" "does not include <vaecollapse/nn/b.hpp>")
expect_problem("${a}// #include <vaecollapse/nn/b.hpp>\n" "does not include <vaecollapse/nn/b.hpp>")
expect_problem("${a}${b}#include <vaecollapse/io/file.hpp>\n"
               "includes <vaecollapse/io/file.hpp>: component io")
expect_problem("${a}${b}" "no header is left out by ^kernels/naive/")
