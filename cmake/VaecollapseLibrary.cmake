# The targets: vaecollapse::vaecollapse (component core) and vaecollapse::io are interfaces that
# carry the standard, the include path and the dependencies, nothing else; vaecollapse::compiled
# holds kernels that are compiled once, for those who want that.

file(GLOB_RECURSE vaecollapse_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp)
set(vaecollapse_io_headers ${vaecollapse_headers})
list(FILTER vaecollapse_io_headers INCLUDE REGEX "/include/vaecollapse/(io|runs)/")
set(vaecollapse_core_headers ${vaecollapse_headers})
list(FILTER vaecollapse_core_headers EXCLUDE REGEX "/include/vaecollapse/(io|runs)/")

add_library(vaecollapse INTERFACE)
add_library(vaecollapse::vaecollapse ALIAS vaecollapse)
target_compile_features(vaecollapse INTERFACE cxx_std_20)
target_sources(
  vaecollapse
  INTERFACE FILE_SET HEADERS
            BASE_DIRS ${PROJECT_SOURCE_DIR}/include
            FILES ${vaecollapse_core_headers})
target_link_libraries(vaecollapse INTERFACE Eigen3::Eigen vaecollapse::xsimd Threads::Threads)

include(vaecollapse-compiled)

# Component io needs nlohmann-json; a project that does not use it need not have it.
if(TARGET nlohmann_json::nlohmann_json)
  add_library(vaecollapse_io INTERFACE)
  add_library(vaecollapse::io ALIAS vaecollapse_io)
  set_target_properties(vaecollapse_io PROPERTIES EXPORT_NAME io)
  target_sources(
    vaecollapse_io
    INTERFACE FILE_SET HEADERS
              BASE_DIRS ${PROJECT_SOURCE_DIR}/include
              FILES ${vaecollapse_io_headers})
  target_link_libraries(vaecollapse_io INTERFACE vaecollapse nlohmann_json::nlohmann_json)
else()
  message(STATUS "vaecollapse: component io is left out: nlohmann_json is not here "
                 "(Debian: nlohmann-json3-dev)")
endif()
