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

# To look for memory that can be used again takes a twelfth of GCC's time: it begins at 768 MB, not at
# 128, and takes a fifth more. From there on it is done whenever memory has grown by 30 %, and not
# when it has doubled.
if(PROJECT_IS_TOP_LEVEL AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(--param=ggc-min-heapsize=786432 --param=ggc-min-expand=30)
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

option(VAECOLLAPSE_JOIN "Compile sources of a test program, and headers, together" ON)
option(VAECOLLAPSE_GROUP_TESTS "Compile test programs together" ON)
mark_as_advanced(VAECOLLAPSE_JOIN VAECOLLAPSE_GROUP_TESTS)

# Sets `result` to what is to be compiled in place of the list `sources` of `target`: few that hold
# several each, about as large as each other and of at most about `most` bytes. The test cases of each
# are put into the suite that stands at its place in the list `suites`, unless that list is empty. More
# arguments are for the script that joins them.
function(vaecollapse_join_sources result target most sources suites)
  set(${result} ${sources} PARENT_SCOPE)
  list(LENGTH sources count)
  if(NOT VAECOLLAPSE_JOIN OR count EQUAL 0 OR (count EQUAL 1 AND NOT suites))
    return()
  endif()
  set(sizes "")
  set(total 0)
  foreach(source IN LISTS sources)
    file(SIZE ${source} size)
    list(APPEND sizes ${size})
    math(EXPR total "${total} + ${size}")
  endforeach()
  math(EXPR batches "(${total} + ${most} - 1) / ${most}")

  # A source belongs to the batch in whose part of all bytes it begins.
  set(begin 0)
  set(used "")
  foreach(source suite size IN ZIP_LISTS sources suites sizes)
    math(EXPR batch "${begin} * ${batches} / ${total}")
    math(EXPR begin "${begin} + ${size}")
    list(APPEND used ${batch})
    list(APPEND sources_of_${batch} ${source})
    list(APPEND suites_of_${batch} ${suite})
  endforeach()
  list(REMOVE_DUPLICATES used)
  set(script ${PROJECT_SOURCE_DIR}/cmake/join_sources.cmake)
  set(joined "")
  foreach(batch IN LISTS used)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/joined/${target}_${batch}.cpp)
    add_custom_command(
      OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -D output=${output} -D "sources=${sources_of_${batch}}" -D
              "suites=${suites_of_${batch}}" ${ARGN} -P ${script}
      DEPENDS ${sources_of_${batch}} ${script}
      VERBATIM)
    list(APPEND joined ${output})
  endforeach()
  set(${result} ${joined} PARENT_SCOPE)
endfunction()

# For programs that are built to be run once: less is optimised in builds for debugging, and no
# debugging information is written. Code that trains goes on as fast: its kernels are compiled in
# vaecollapse::compiled.
function(vaecollapse_compile_quickly target)
  target_compile_options(${target}
                         PRIVATE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Debug>>:-Og;-g0>)
endfunction()
