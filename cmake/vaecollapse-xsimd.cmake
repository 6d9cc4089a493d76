# Makes the imported target vaecollapse::xsimd. xsimd's own target is of no use: as Debian ships
# it, it links a library `xtl` that a bare xsimd neither has nor needs. So only its include
# directory is taken. Used by this build and, installed, by the package config.

if(TARGET vaecollapse::xsimd)
  return()
endif()

find_package(xsimd QUIET)
if(TARGET xsimd)
  get_target_property(vaecollapse_xsimd_include xsimd INTERFACE_INCLUDE_DIRECTORIES)
else()
  find_path(VAECOLLAPSE_XSIMD_INCLUDE_DIR xsimd/xsimd.hpp)
  set(vaecollapse_xsimd_include ${VAECOLLAPSE_XSIMD_INCLUDE_DIR})
endif()

if(vaecollapse_xsimd_include)
  add_library(vaecollapse::xsimd INTERFACE IMPORTED GLOBAL)
  target_include_directories(vaecollapse::xsimd INTERFACE ${vaecollapse_xsimd_include})
endif()
unset(vaecollapse_xsimd_include)
