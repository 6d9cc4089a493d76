# Not run by this project's tests: Debian has no vcpkg. Built from the checkout that the port lies
# in; a port in a registry would fetch a release here.
get_filename_component(SOURCE_PATH ${CURRENT_PORT_DIR}/../../.. ABSOLUTE)

vcpkg_cmake_configure(
  SOURCE_PATH ${SOURCE_PATH}
  OPTIONS -DVAECOLLAPSE_BUILD_TESTS=OFF -DVAECOLLAPSE_BUILD_EXAMPLES=OFF
          -DVAECOLLAPSE_BUILD_BENCH=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/vaecollapse)
vcpkg_fixup_pkgconfig()

# Headers only: there is nothing for debugging.
file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/debug ${CURRENT_PACKAGES_DIR}/share/doc)
vcpkg_install_copyright(FILE_LIST ${SOURCE_PATH}/LICENSE)
file(INSTALL ${CMAKE_CURRENT_LIST_DIR}/usage DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT})
