# cmake -D source=<the project's root> -P predicates.cmake
# With -ffast-math the standard's predicates are constants: the sources ask core/finite.hpp.

cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE sources ${source}/include/*.hpp ${source}/examples/*.hpp ${source}/examples/*.cpp)
set(wrong "")
foreach(path IN LISTS sources)
  file(STRINGS ${path} lines
       REGEX "^[^/]*(std::|[^a-zA-Z_:])(isnan|isinf|isfinite|isnormal|isunordered|fpclassify)\\(")
  foreach(line IN LISTS lines)
    string(APPEND wrong "\n  ${path}: ${line}")
  endforeach()
endforeach()
list(LENGTH sources count)
if(count LESS 100)
  message(FATAL_ERROR "only ${count} sources in ${source}")
endif()
if(wrong)
  message(FATAL_ERROR "use is_nan or is_finite of core/finite.hpp:${wrong}")
endif()
