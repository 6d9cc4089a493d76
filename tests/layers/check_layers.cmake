# cmake -D include_dir=<...>/include -P check_layers.cmake
# Reads every header under include_dir/vaecollapse and fails on an #include that the layers forbid, and
# on what else no header may have.

cmake_minimum_required(VERSION 3.25)

# What each folder may include besides itself: other folders, and third parties by name.
set(core "")
set(simd core xsimd)
set(data core)
set(dropout core)
set(objective core)
set(kernels core simd)
set(autodiff core kernels eigen)
set(nn core autodiff dropout)
set(latent core autodiff dropout nn)
set(optim core kernels)
set(metrics core simd eigen)
set(model core simd data dropout kernels autodiff objective nn latent optim metrics eigen)
set(evaluate ${model} model)
set(train core data dropout autodiff objective nn latent optim metrics model evaluate eigen)
set(diagnose ${evaluate} evaluate)
set(io core nlohmann posix)
# Each task sees the library up to here, and the one header of io that needs no package; no other task.
set(tasks/reinflection ${evaluate} evaluate train diagnose io/file.hpp)
set(runs core data dropout autodiff objective nn latent optim metrics model evaluate train diagnose io
    eigen nlohmann posix)
set(compat ${tasks/reinflection} tasks/reinflection)
# One header alone.
set(core/wake_elsewhere.hpp posix)
# Headers of no folder; the umbrella shows everything but io, runs and compat.
set(config version)
set(version "")
set(vaecollapse ${tasks/reinflection} tasks/reinflection config version)

# Of these the library needs none; each costs its users much compile time (<sstream> includes the
# streams), and <random> differs between implementations.
set(forbidden_standard iostream regex functional ranges random sstream)

# Whoever looks for something reads whole headers.
set(most_lines 400)

file(GLOB_RECURSE headers RELATIVE ${include_dir}/vaecollapse ${include_dir}/vaecollapse/*)
set(problems "")

foreach(header IN LISTS headers)
  if(NOT header MATCHES "^([a-z_0-9]+/)?[a-z_0-9/]*[a-z_0-9]+\\.hpp$")
    list(APPEND problems "${header}: not a header with a snake_case name")
    continue()
  endif()
  string(REGEX REPLACE "[/.].*" "" layer ${header})
  if(layer STREQUAL "tasks")
    string(REGEX MATCH "^tasks/[a-z_0-9]+" layer ${header})
  endif()
  if(NOT DEFINED ${layer})
    list(APPEND problems "${header}: folder ${layer} is not in the table of layers")
    continue()
  endif()

  file(READ ${include_dir}/vaecollapse/${header} text)
  string(REGEX MATCHALL "(^|\n)[ \t]*#[ \t]*include[^\n]*" includes "${text}")
  if(NOT text MATCHES "(^|\n)#pragma once\n")
    list(APPEND problems "${header}: no #pragma once")
  endif()
  string(REGEX MATCHALL "\n" lines "${text}")
  list(LENGTH lines line_count)
  if(line_count GREATER most_lines)
    list(APPEND problems "${header}: ${line_count} lines, of ${most_lines} at most: split it by idea")
  endif()

  # A trained model is shared by threads: nothing may hide that changes, but the counter that
  # versions are taken from and what a signal's handler can see.
  string(REGEX MATCHALL "(^|\n)[ \t]*(static|inline)[ \t][^\n(;={]*[;={]" variables "${text}")
  list(FILTER variables EXCLUDE REGEX "const|namespace")
  if(header STREQUAL "core/unique_version.hpp")
    list(FILTER variables EXCLUDE REGEX "static inline std::atomic<std::uint64_t> next_{")
  elseif(header STREQUAL "runs/stop_signals.hpp")
    list(FILTER variables EXCLUDE REGEX "inline std::atomic<int> noted_signal{")
  endif()
  if(variables OR text MATCHES "thread_local")
    list(APPEND problems "${header}: a variable that is static and can change")
  endif()

  foreach(line IN LISTS includes)
    string(STRIP "${line}" line)
    set(wanted_header "")
    set(at "${header}: ${line}:")
    if(NOT line MATCHES "^#[ \t]*include[ \t]*<([^>]+)>")
      list(APPEND problems "${at} includes are written <...>, never relative")
      continue()
    endif()
    set(file ${CMAKE_MATCH_1})

    if(file STREQUAL "vaecollapse/vaecollapse.hpp")
      list(APPEND problems "${at} no header includes the umbrella")
      continue()
    elseif(file MATCHES "^vaecollapse/(tasks/[a-z_0-9]+|[a-z_0-9]+)")
      set(wanted ${CMAKE_MATCH_1})
      string(REGEX REPLACE "^vaecollapse/" "" wanted_header ${file})
      # Every folder sees what configures the build.
      if(wanted MATCHES "^(config|version)$" AND NOT layer MATCHES "^(config|version)$")
        continue()
      endif()
    elseif(file MATCHES "^(unsupported/)?Eigen/")
      set(wanted eigen)
    elseif(file MATCHES "^(xsimd|nlohmann)/")
      set(wanted ${CMAKE_MATCH_1})
    elseif(file STREQUAL "immintrin.h")
      set(wanted xsimd)
    elseif(file MATCHES "^(fcntl|pthread|sched|unistd|sys/[a-z]+)\\.h$")
      set(wanted posix)
    elseif(file MATCHES "^[a-z_0-9]+$")
      if(file IN_LIST forbidden_standard)
        list(APPEND problems "${at} <${file}> is not used in this library")
      endif()
      continue()
    else()
      list(APPEND problems "${at} neither of this library, nor standard, nor a known dependency")
      continue()
    endif()

    if(wanted STREQUAL "xsimd" AND NOT header STREQUAL "simd/gate.hpp")
      list(APPEND problems "${at} only simd/gate.hpp includes xsimd and intrinsics")
    elseif(NOT wanted STREQUAL layer AND NOT wanted IN_LIST ${layer}
           AND NOT "${wanted_header}" IN_LIST ${layer} AND NOT "${wanted}" IN_LIST ${header})
      list(APPEND problems "${at} ${layer} may not include ${wanted}")
    endif()
  endforeach()
endforeach()

list(LENGTH headers count)
if(count EQUAL 0)
  message(FATAL_ERROR "no headers under ${include_dir}/vaecollapse")
endif()
if(problems)
  list(JOIN problems "\n  " problems)
  message(FATAL_ERROR "layers:\n  ${problems}")
endif()
message(STATUS "${count} headers keep to their layers")
