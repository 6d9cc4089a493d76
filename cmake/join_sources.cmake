# cmake -D output=<file.cpp> -D sources=<list> [-D suites=<list>] [-D inside=<namespace>] -P this
# Writes a source that holds several: first all headers that they include, then each of them inside
# a namespace of its own, in which its include lines bring nothing more. What they share, headers
# and instances of templates, is compiled once, and no name of one meets a name of another. The test
# cases of each stand in the suite at its place in the other list. Where all that the sources define stands
# in a namespace whose last name is given, theirs are inside that one.

cmake_minimum_required(VERSION 3.25)

set(headers "")
set(bodies "")
set(number 0)
foreach(source suite IN ZIP_LISTS sources suites)
  cmake_path(GET source PARENT_PATH folder)
  file(STRINGS ${source} lines REGEX "^#include [<\"]")
  foreach(line IN LISTS lines)
    if(line MATCHES "^#include \"([^\"]+)\"")
      # One of the source's own folder is named in full; one that may be missing is asked for.
      set(header ${CMAKE_MATCH_1})
      if(EXISTS ${folder}/${header})
        set(header ${folder}/${header})
        cmake_path(NORMAL_PATH header)
        set(line "#include \"${header}\"")
      else()
        set(line "#if __has_include(\"${header}\")\n#include \"${header}\"\n#endif")
      endif()
    endif()
    list(APPEND headers "${line}")
  endforeach()
  math(EXPR number "${number} + 1")
  set(body "#include \"${source}\"\n")
  if(suite)
    set(body "TEST_SUITE_BEGIN(\"${suite}\");\n${body}TEST_SUITE_END();\n")
  endif()
  if(inside)
    string(APPEND bodies "\n#define ${inside} ${inside}::joined_${number}\n${body}#undef ${inside}\n")
  else()
    string(APPEND bodies "\nnamespace vaecollapse_joined_${number} {\n${body}}\n")
  endif()
endforeach()
list(REMOVE_DUPLICATES headers)
list(JOIN headers "\n" headers)
file(WRITE ${output} "${headers}\n${bodies}")
