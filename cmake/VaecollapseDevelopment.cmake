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
# 128, and takes a fifth more.
if(PROJECT_IS_TOP_LEVEL AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(--param=ggc-min-heapsize=786432)
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
mark_as_advanced(VAECOLLAPSE_JOIN)

# Sets `result` to what is to be compiled in place of the sources `ARGN` of `target`: few that hold
# several each, of at most so many bytes together that two compilers at once fit into the memory of a
# small machine. A source that replaces the operators of allocation, which stand in no namespace,
# is compiled alone.
function(vaecollapse_join_sources result target)
  set(${result} ${ARGN} PARENT_SCOPE)
  list(LENGTH ARGN count)
  if(NOT VAECOLLAPSE_JOIN OR count EQUAL 1)
    return()
  endif()
  set(script ${PROJECT_SOURCE_DIR}/cmake/join_sources.cmake)
  set(most 110000)
  set(joined "")
  set(alone "")
  set(batch "")
  set(bytes 0)
  foreach(source IN LISTS ARGN ITEMS "")
    set(size 0)
    if(source)
      cmake_path(ABSOLUTE_PATH source)
      file(STRINGS ${source} replaced REGEX "^void\\*? operator (new|delete)" LIMIT_COUNT 1)
      if(replaced)
        list(APPEND alone ${source})
        continue()
      endif()
      file(SIZE ${source} size)
    endif()
    math(EXPR bytes "${bytes} + ${size}")
    if(batch AND (bytes GREATER most OR NOT source))
      list(LENGTH joined number)
      set(output ${CMAKE_CURRENT_BINARY_DIR}/joined/${target}_${number}.cpp)
      add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -D output=${output} -D "sources=${batch}" -P ${script}
        DEPENDS ${batch} ${script}
        VERBATIM)
      list(APPEND joined ${output})
      set(batch "")
      set(bytes ${size})
    endif()
    list(APPEND batch ${source})
  endforeach()
  set(${result} ${joined} ${alone} PARENT_SCOPE)
endfunction()

# For programs that are built to be run once: less is optimised in builds for debugging, and no
# debugging information is written. Code that trains goes on as fast: its kernels are compiled in
# vaecollapse::compiled.
function(vaecollapse_compile_quickly target)
  target_compile_options(${target}
                         PRIVATE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Debug>>:-Og;-g0>)
endfunction()
