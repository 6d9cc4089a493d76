# `cpack` in a build folder makes libvaecollapse-dev_<version>_all.deb: the headers and the package
# files, for any architecture.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libvaecollapse-dev)
set(CPACK_PACKAGE_VENDOR "The vaecollapse contributors")
set(CPACK_PACKAGE_CONTACT "The vaecollapse contributors <vaecollapse@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libeigen3-dev (>= 3.4), libxsimd-dev (>= 8.1)")
# For component io.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nlohmann-json3-dev (>= 3.9)")

set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};${PROJECT_NAME};ALL;/")
include(CPack)
