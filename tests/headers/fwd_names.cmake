# cmake -D fwd=<.../fwd.hpp> -D test=<its test> -P fwd_names.cmake
# Whatever fwd.hpp declares has to be named in its test, which looks whether the library defines it so.

cmake_minimum_required(VERSION 3.25)

file(READ ${fwd} declared)
file(READ ${test} tested)
string(REGEX MATCHALL "\n(class|struct) [A-Za-z0-9]+" declarations "${declared}")
set(missing "")
foreach(declaration IN LISTS declarations)
  string(REGEX REPLACE "^.* " "" name "${declaration}")
  if(NOT tested MATCHES "vc::${name}[^A-Za-z0-9_]")
    list(APPEND missing ${name})
  endif()
endforeach()

if(NOT declarations)
  message(FATAL_ERROR "${fwd} declares nothing")
endif()
if(missing)
  list(JOIN missing ", " missing)
  message(FATAL_ERROR "fwd.hpp declares what ${test} does not name: ${missing}")
endif()
