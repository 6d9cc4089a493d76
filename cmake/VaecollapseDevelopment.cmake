# The private target vaecollapse_development: how this project compiles its own tests, benchmarks
# and examples. Nothing of it reaches a user of the library.

add_library(vaecollapse_development INTERFACE)
target_link_libraries(vaecollapse_development INTERFACE vaecollapse)
target_compile_options(vaecollapse_development INTERFACE -Wall -Wextra -Wpedantic -Wconversion
                                                         -Wshadow)
# Products and sums are joined only where the source says so: moving code then moves no bits.
target_compile_options(vaecollapse_development INTERFACE -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies inside its own std::string where it inlines "text" + string (its
  # bug 105329). What it sees inside its AVX-512 headers is silenced where they are included.
  target_compile_options(vaecollapse_development INTERFACE -Wno-restrict)
endif()
# No warning is excepted: a build that succeeds is a quiet one.
if(VAECOLLAPSE_WERROR)
  target_compile_options(vaecollapse_development INTERFACE -Werror)
endif()
# A target that is for another processor says so in its property VAECOLLAPSE_MARCH.
set(march $<TARGET_PROPERTY:VAECOLLAPSE_MARCH>)
if(VAECOLLAPSE_NATIVE)
  target_compile_options(vaecollapse_development
                         INTERFACE -march=$<IF:$<BOOL:${march}>,${march},native>)
else()
  target_compile_options(vaecollapse_development INTERFACE $<$<BOOL:${march}>:-march=${march}>)
endif()
if(VAECOLLAPSE_SANITIZE)
  target_compile_options(
    vaecollapse_development INTERFACE -fsanitize=${VAECOLLAPSE_SANITIZE} -fno-sanitize-recover=all
                                      -fno-omit-frame-pointer)
  target_link_options(vaecollapse_development INTERFACE -fsanitize=${VAECOLLAPSE_SANITIZE})
endif()

# The kernels of our own programs are compiled as their sources are.
target_link_libraries(vaecollapse_compiled PRIVATE $<BUILD_INTERFACE:vaecollapse_development>)

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(VAECOLLAPSE_CCACHE ccache)
  find_program(VAECOLLAPSE_ENV env)
  mark_as_advanced(VAECOLLAPSE_CCACHE VAECOLLAPSE_ENV)
  if(VAECOLLAPSE_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${VAECOLLAPSE_CCACHE})
    # What it must not be strict about where headers are precompiled.
    if(VAECOLLAPSE_ENV)
      list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER ${VAECOLLAPSE_ENV}
           CCACHE_SLOPPINESS=pch_defines,time_macros)
    endif()
  endif()
endif()
