# cmake -D dpkg=... -D folder=<folder of the .deb> -D compiler=... -D source=<file> -D "flags=..."
#       -P deb_install.cmake
# Installs the Debian package, builds a program against the system's own include path, removes the
# package, and looks that nothing stays behind. Skipped without the right to do so, and where a
# package of that name is installed already, which is not ours to remove.

cmake_minimum_required(VERSION 3.25)

set(name libvaecollapse-dev)
execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${dpkg} --status ${name} RESULT_VARIABLE absent OUTPUT_QUIET ERROR_QUIET)
if(NOT user STREQUAL "0" OR absent STREQUAL "0")
  message(STATUS "skipped: not root, or ${name} is there already")
  return()
endif()

file(GLOB package ${folder}/*.deb)
execute_process(COMMAND ${dpkg} --install ${package} RESULT_VARIABLE failed ERROR_VARIABLE said
                OUTPUT_QUIET)
if(said MATCHES "locked by another process")
  message(STATUS "skipped: dpkg is at work elsewhere")
  return()
elseif(NOT failed STREQUAL "0")
  execute_process(COMMAND ${dpkg} --purge ${name} OUTPUT_QUIET ERROR_QUIET)
  message(FATAL_ERROR "the package is not installed:\n${said}")
endif()

separate_arguments(flags UNIX_COMMAND "${flags}")
execute_process(
  COMMAND ${compiler} -std=c++20 ${source} -o ${folder}/program ${flags}
  RESULT_VARIABLE built
  ERROR_VARIABLE messages)
execute_process(COMMAND ${dpkg} --purge ${name} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

if(NOT built STREQUAL "0")
  message(FATAL_ERROR "a program does not build against the installed package:\n${messages}")
endif()
execute_process(COMMAND ${folder}/program COMMAND_ERROR_IS_FATAL ANY)
foreach(left IN ITEMS /usr/include/vaecollapse /usr/share/cmake/vaecollapse)
  if(EXISTS ${left})
    message(FATAL_ERROR "${left} is still there after the removal")
  endif()
endforeach()
