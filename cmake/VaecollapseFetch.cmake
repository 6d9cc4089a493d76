# Downloads the dependencies at pinned versions. All but Google Benchmark are headers only, so
# their own build files are not run: an imported target around the headers is all they need, and
# imported headers are system headers, in which nobody sees warnings.

include(FetchContent)

# Downloads release `url` as `name` and makes the imported target `target` of its folder
# `include_dir`, unless the target is there already.
function(vaecollapse_fetch_headers target name url include_dir)
  if(TARGET ${target})
    return()
  endif()
  # A SOURCE_SUBDIR that does not exist keeps MakeAvailable from running the project's build files.
  FetchContent_Declare(
    ${name}
    URL ${url}
    DOWNLOAD_EXTRACT_TIMESTAMP OFF
    SOURCE_SUBDIR no_build_files)
  FetchContent_MakeAvailable(${name})
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${${name}_SOURCE_DIR}/${include_dir})
endfunction()

vaecollapse_fetch_headers(Eigen3::Eigen vaecollapse_eigen
  https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz .)
vaecollapse_fetch_headers(vaecollapse::xsimd vaecollapse_xsimd
  https://github.com/xtensor-stack/xsimd/archive/refs/tags/8.1.0.tar.gz include)
vaecollapse_fetch_headers(nlohmann_json::nlohmann_json vaecollapse_json
  https://github.com/nlohmann/json/archive/refs/tags/v3.11.2.tar.gz include)
if(VAECOLLAPSE_BUILD_EXAMPLES)
  vaecollapse_fetch_headers(CLI11::CLI11 vaecollapse_cli11
    https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.1.2.tar.gz include)
endif()
if(VAECOLLAPSE_BUILD_TESTS)
  # Its folder holds doctest/doctest.h.
  vaecollapse_fetch_headers(doctest::doctest vaecollapse_doctest
    https://github.com/doctest/doctest/archive/refs/tags/v2.4.9.tar.gz .)
endif()

if(VAECOLLAPSE_BUILD_BENCH AND NOT TARGET benchmark::benchmark)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  set(BENCHMARK_ENABLE_WERROR OFF)
  # Lets the three settings above reach the options of a project with an older policy.
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
  FetchContent_Declare(
    vaecollapse_benchmark
    URL https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz
    DOWNLOAD_EXTRACT_TIMESTAMP OFF)
  FetchContent_MakeAvailable(vaecollapse_benchmark)
endif()
