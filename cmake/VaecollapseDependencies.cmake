# Finds, or with VAECOLLAPSE_FETCH_DEPS downloads, what the library and its programs need. Targets
# are global, so that a project that adds this one with add_subdirectory sees them too; a target
# that such a project already has is taken as it is.

if(VAECOLLAPSE_FETCH_DEPS)
  include(VaecollapseFetch)
endif()

set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

if(NOT TARGET Threads::Threads)
  find_package(Threads REQUIRED)
endif()
if(NOT TARGET Eigen3::Eigen)
  find_package(Eigen3 3.4 REQUIRED NO_MODULE)
endif()
include(vaecollapse-xsimd)
if(NOT TARGET vaecollapse::xsimd)
  message(FATAL_ERROR "vaecollapse: xsimd is not here (Debian: libxsimd-dev)")
endif()

# Whatever only programs need is looked for only where programs are built; the trainer cannot do
# without json, the library can.
if(NOT TARGET nlohmann_json::nlohmann_json)
  find_package(nlohmann_json 3.9 QUIET)
endif()
if(VAECOLLAPSE_BUILD_EXAMPLES)
  if(NOT TARGET nlohmann_json::nlohmann_json)
    message(FATAL_ERROR "vaecollapse: the examples need nlohmann_json (Debian: nlohmann-json3-dev)")
  endif()
  if(NOT TARGET CLI11::CLI11)
    find_package(CLI11 REQUIRED)
  endif()
  # Optional: without it the trainer cannot normalise words, and says so where it is asked to. It
  # ships a file for pkg-config only.
  find_path(VAECOLLAPSE_UTF8PROC_INCLUDE utf8proc.h)
  find_library(VAECOLLAPSE_UTF8PROC_LIBRARY utf8proc)
  mark_as_advanced(VAECOLLAPSE_UTF8PROC_INCLUDE VAECOLLAPSE_UTF8PROC_LIBRARY)
  if(NOT TARGET vaecollapse::utf8proc AND VAECOLLAPSE_UTF8PROC_INCLUDE AND VAECOLLAPSE_UTF8PROC_LIBRARY)
    add_library(vaecollapse::utf8proc UNKNOWN IMPORTED GLOBAL)
    set_target_properties(vaecollapse::utf8proc PROPERTIES
      IMPORTED_LOCATION ${VAECOLLAPSE_UTF8PROC_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${VAECOLLAPSE_UTF8PROC_INCLUDE})
  endif()
endif()
if(VAECOLLAPSE_BUILD_TESTS AND NOT TARGET doctest::doctest)
  find_package(doctest REQUIRED)
endif()
if(VAECOLLAPSE_BUILD_BENCH AND NOT TARGET benchmark::benchmark)
  find_package(benchmark QUIET)
  if(NOT TARGET benchmark::benchmark)
    message(WARNING "vaecollapse: the benchmarks are left out: Google Benchmark is not here "
                    "(Debian: libbenchmark-dev)")
    set(VAECOLLAPSE_BUILD_BENCH OFF)
  endif()
endif()
