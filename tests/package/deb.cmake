# cmake -D cpack=... -D dpkg=... -D build=<build folder> -D folder=<folder> -P deb.cmake
# Makes the Debian package and unpacks it to folder/root. Its contents are those of an installation,
# and it says what it needs.

cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${folder})
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${cpack} --config ${build}/CPackConfig.cmake -G DEB -B ${folder}
                COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
file(GLOB package ${folder}/*.deb)
list(LENGTH package count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "cpack has made ${count} packages")
endif()
if(NOT package MATCHES "/libvaecollapse-dev_[0-9.]+_all\\.deb$")
  message(SEND_ERROR "the package is called ${package}")
endif()
execute_process(COMMAND ${dpkg} --field ${package} OUTPUT_VARIABLE fields COMMAND_ERROR_IS_FATAL ANY)
foreach(field IN ITEMS "Package: libvaecollapse-dev\n" "Architecture: all\n"
        "Depends: libeigen3-dev (>= 3.4), libxsimd-dev (>= 8.1)\n"
        "Recommends: nlohmann-json3-dev (>= 3.9)\n")
  string(FIND "${fields}" "${field}" found)
  if(found EQUAL -1)
    message(SEND_ERROR "the package does not say\n${field}but:\n${fields}")
  endif()
endforeach()
execute_process(COMMAND ${dpkg} --extract ${package} ${folder}/root COMMAND_ERROR_IS_FATAL ANY)
file(GLOB top RELATIVE ${folder}/root ${folder}/root/* ${folder}/root/usr/*)
list(SORT top)
if(NOT top STREQUAL "usr;usr/include;usr/share")
  message(SEND_ERROR "the package holds ${top}")
endif()
