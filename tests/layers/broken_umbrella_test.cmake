# cmake -D work=<scratch folder> -P broken_umbrella_test.cmake
# The check of the umbrella has to find each of these.

cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/expect_from_check.cmake)

# A folder of headers whose umbrella has `text`.
function(expect_problem text expected)
  file(REMOVE_RECURSE ${work})
  foreach(header core/a nn/b io/file runs/session compat/c kernels/compiled kernels/naive/gru core/wake_elsewhere)
    file(WRITE ${work}/vaecollapse/${header}.hpp "#pragma once\n")
  endforeach()
  if(expected MATCHES "left out")
    file(REMOVE ${work}/vaecollapse/kernels/naive/gru.hpp)
  endif()
  file(WRITE ${work}/vaecollapse/vaecollapse.hpp "#pragma once\n${text}")
  expect_from_check(check_umbrella.cmake "the umbrella" "${expected}")
endfunction()

set(a "#include <vaecollapse/core/a.hpp>\n")
set(b "#include <vaecollapse/nn/b.hpp>\n")
expect_problem("${a}${b}" nothing)
expect_problem("${a}" "does not include <vaecollapse/nn/b.hpp>")
expect_problem("${a}// #include <vaecollapse/nn/b.hpp>\n" "does not include <vaecollapse/nn/b.hpp>")
expect_problem("${a}${b}#include <vaecollapse/io/file.hpp>\n"
               "includes <vaecollapse/io/file.hpp>: component io")
expect_problem("${a}${b}#include <vaecollapse/runs/session.hpp>\n"
               "includes <vaecollapse/runs/session.hpp>: component io")
expect_problem("${a}${b}" "no header is left out by ^kernels/naive/")
