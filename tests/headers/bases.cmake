# Which header is checked with which other one precompiled. A header that includes another gets the
# same names whether that one is precompiled or not: so a missing include is found as in a bare
# source, and what many headers include is read once.

# The largest first.
set(vaecollapse_header_bases vaecollapse/autodiff/tape.hpp vaecollapse/kernels/chunk.hpp
                             vaecollapse/core/rng.hpp vaecollapse/core/check.hpp)

# Sets `result` to all that `header` of the folder `include_dir` includes, with itself.
function(vaecollapse_all_includes result include_dir header)
  get_property(all GLOBAL PROPERTY "vaecollapse_includes_of_${header}")
  if(NOT all)
    set(all ${header})
    file(STRINGS ${include_dir}/${header} lines REGEX "^#include <vaecollapse/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include <([^>]+)>.*" "\\1" included "${line}")
      vaecollapse_all_includes(more ${include_dir} ${included})
      list(APPEND all ${more})
    endforeach()
    list(REMOVE_DUPLICATES all)
    set_property(GLOBAL PROPERTY "vaecollapse_includes_of_${header}" ${all})
  endif()
  set(${result} ${all} PARENT_SCOPE)
endfunction()

# Sets `result` to the largest base that `header` includes; empty if it includes none.
function(vaecollapse_base_of result include_dir header)
  vaecollapse_all_includes(all ${include_dir} ${header})
  list(REMOVE_ITEM all ${header})
  set(${result} "" PARENT_SCOPE)
  foreach(base IN LISTS vaecollapse_header_bases)
    if(base IN_LIST all)
      set(${result} ${base} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()
