# cmake -D work=<scratch folder> -P broken_kit_test.cmake
# The check of the kit has to find each of these.

cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/expect_from_check.cmake)

function(expect_problem text expected)
  file(REMOVE_RECURSE ${work})
  file(WRITE ${work}/kit/compare/a.cpp "#include <vaecollapse/core/check.hpp>\n${text}")
  file(WRITE ${work}/program/b.hpp "#pragma once\n")
  expect_from_check(check_kit.cmake "the kit" "${expected}")
endfunction()

expect_problem("#include \"kit/compare/a.hpp\"\n" nothing)
expect_problem("#include \"program/b.hpp\"\n" "a header that is not of the kit")
expect_problem("#include \"b.hpp\"\n" "a header that is not of the kit")
expect_problem("#include <vaecollapse/tasks/reinflection/rows.hpp>\n" "a header of a task")
