# cmake -D include_dir=<...>/include -P check_umbrella.cmake
# The umbrella includes every header of its folder but those that have a reason here.

cmake_minimum_required(VERSION 3.25)

set(patterns "")
set(reasons "")
# Leaves out the paths that match, for that reason.
macro(leave_out pattern reason)
  list(APPEND patterns "${pattern}")
  list(APPEND reasons "${reason}")
endmacro()

leave_out("^vaecollapse[.]hpp$" "the umbrella itself")
leave_out("^io/" "component io, which needs a package more")
leave_out("^runs/" "component io, which needs a package more")
leave_out("^compat/" "what published systems did otherwise, which a program asks for by name")
leave_out("^kernels/compiled[.]hpp$" "it comes by itself where vaecollapse::compiled is linked")
leave_out("^kernels/naive/" "what the tests compare kernels with")
leave_out("^core/wake_elsewhere[.]hpp$" "for Linux alone, where core/workers.hpp includes it")

file(GLOB_RECURSE headers RELATIVE ${include_dir}/vaecollapse ${include_dir}/vaecollapse/*.hpp)
file(READ ${include_dir}/vaecollapse/vaecollapse.hpp umbrella)
set(unused ${patterns})
set(problems "")
set(included 0)
foreach(header IN LISTS headers)
  set(reason "")
  foreach(pattern why IN ZIP_LISTS patterns reasons)
    if(header MATCHES "${pattern}")
      set(reason "${why}")
      list(REMOVE_ITEM unused "${pattern}")
    endif()
  endforeach()
  string(FIND "${umbrella}" "\n#include <vaecollapse/${header}>\n" found)
  if(reason AND NOT found EQUAL -1)
    list(APPEND problems "vaecollapse.hpp includes <vaecollapse/${header}>: ${reason}")
  elseif(NOT reason AND found EQUAL -1)
    list(APPEND problems "vaecollapse.hpp does not include <vaecollapse/${header}>")
  elseif(NOT reason)
    math(EXPR included "${included} + 1")
  endif()
endforeach()

# A reason that nothing needs any more would hide the next header of that name.
foreach(pattern IN LISTS unused)
  list(APPEND problems "no header is left out by ${pattern}")
endforeach()

if(problems)
  list(JOIN problems "\n  " problems)
  message(FATAL_ERROR "umbrella:\n  ${problems}")
endif()
message(STATUS "the umbrella includes ${included} headers")
