# cmake -D prefix=... -D source=... -D build=... -P check_installed_tree.cmake
# The installed tree holds headers, the package config, pkg-config's file and the licence; it can be
# moved.

cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE installed RELATIVE ${prefix} ${prefix}/*)
file(GLOB_RECURSE headers RELATIVE ${source} ${source}/include/*.hpp)
foreach(file IN LISTS headers ITEMS share/cmake/vaecollapse/vaecollapse-config.cmake
        share/cmake/vaecollapse/vaecollapse-config-version.cmake
        share/cmake/vaecollapse/vaecollapse-core-targets.cmake share/doc/vaecollapse/LICENSE
        share/pkgconfig/vaecollapse.pc)
  if(NOT file IN_LIST installed)
    message(SEND_ERROR "not installed: ${file}")
  endif()
endforeach()

foreach(file IN LISTS installed)
  if(NOT file MATCHES "^(include/vaecollapse/[a-z_0-9/]+\\.hpp|share/cmake/vaecollapse/[a-z-]+\\.cmake|share/doc/vaecollapse/LICENSE|share/pkgconfig/vaecollapse\\.pc)$")
    message(SEND_ERROR "installed, and should not be: ${file}")
  endif()
  file(READ ${prefix}/${file} text)
  foreach(place IN ITEMS ${source} ${build} ${prefix} /usr/include /usr/lib)
    string(FIND "${text}" "${place}" found)
    if(NOT found EQUAL -1)
      message(SEND_ERROR "${file} names the absolute path ${place}")
    endif()
  endforeach()
endforeach()
list(LENGTH installed count)
message(STATUS "${count} installed files, all as they should be")
