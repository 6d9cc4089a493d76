# Installation and the package config. The library is headers only, so everything lies in folders
# that do not depend on the architecture.

include(CMakePackageConfigHelpers)

set(vaecollapse_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/vaecollapse)

install(
  TARGETS vaecollapse
  EXPORT vaecollapse-core-targets
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(
  EXPORT vaecollapse-core-targets
  NAMESPACE vaecollapse::
  DESTINATION ${vaecollapse_package_dir})

if(TARGET vaecollapse_io)
  install(
    TARGETS vaecollapse_io
    EXPORT vaecollapse-io-targets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(
    EXPORT vaecollapse-io-targets
    NAMESPACE vaecollapse::
    DESTINATION ${vaecollapse_package_dir})
endif()

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/vaecollapse-config.cmake.in
  ${PROJECT_BINARY_DIR}/vaecollapse-config.cmake
  INSTALL_DESTINATION ${vaecollapse_package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break its users; the inline namespace carries it too.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/vaecollapse-config-version.cmake
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT)
install(
  FILES ${PROJECT_BINARY_DIR}/vaecollapse-config.cmake
        ${PROJECT_BINARY_DIR}/vaecollapse-config-version.cmake
        ${PROJECT_SOURCE_DIR}/cmake/vaecollapse-compiled.cmake
        ${PROJECT_SOURCE_DIR}/cmake/vaecollapse-xsimd.cmake
  DESTINATION ${vaecollapse_package_dir})
configure_file(${PROJECT_SOURCE_DIR}/packaging/vaecollapse.pc.in vaecollapse.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/vaecollapse.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vaecollapse)
