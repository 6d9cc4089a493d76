# cmake -D include_dir=... -D configured=<file> -D compiler=... -D "flags=<list>" -D work=<folder> -P this
# Whether each header is still checked with what it includes; and whether the check finds a header
# that lacks an include, though what else it includes is precompiled.

cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/bases.cmake)

file(STRINGS ${configured} lines)
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^([^ ]+) ([^ ]+) ([^ ]+)$")
    message(FATAL_ERROR "${configured}: `${line}`")
  endif()
  set(header ${CMAKE_MATCH_1})
  vaecollapse_all_includes(all ${include_dir} ${header})
  foreach(before IN ITEMS ${CMAKE_MATCH_2} ${CMAKE_MATCH_3})
    if(NOT before STREQUAL "none" AND NOT before IN_LIST all)
      message(FATAL_ERROR "${header} was checked behind ${before}, which it does not include any "
                          "more: configure again")
    endif()
  endforeach()
endforeach()

# The library's folder with headers more, each of which includes the first base.
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work}/vaecollapse)
file(GLOB entries ${include_dir}/vaecollapse/*)
foreach(entry IN LISTS entries)
  cmake_path(GET entry FILENAME name)
  file(CREATE_LINK ${entry} ${work}/vaecollapse/${name} SYMBOLIC)
endforeach()
list(GET vaecollapse_header_bases 0 base)
file(WRITE ${work}/precompiled.hpp "#include <${base}>\n")
execute_process(COMMAND ${compiler} -std=c++20 ${flags} -I${work} -x c++-header
                        ${work}/precompiled.hpp -o ${work}/precompiled.hpp.gch
                COMMAND_ERROR_IS_FATAL ANY)

# Whether the source `text` compiles where it includes the base and its own `includes`.
function(expect outcome name includes text)
  set(header vaecollapse/${name}.hpp)
  file(WRITE ${work}/${header} "#pragma once\n#include <${base}>\n${includes}\n${text}\n")
  vaecollapse_base_of(found ${work} ${header})
  if(NOT found STREQUAL base)
    message(FATAL_ERROR "${header} would be checked with `${found}`")
  endif()
  file(WRITE ${work}/${name}.cpp "#include <${header}>\n#include <${header}>\n")
  execute_process(
    COMMAND ${compiler} -std=c++20 ${flags} -I${work} -include ${work}/precompiled.hpp
            -Winvalid-pch -Werror -fsyntax-only ${work}/${name}.cpp
    RESULT_VARIABLE failed
    ERROR_VARIABLE said)
  if(outcome STREQUAL "passes" AND NOT failed STREQUAL "0")
    message(FATAL_ERROR "${header} does not compile:\n${said}")
  elseif(outcome STREQUAL "fails" AND NOT said MATCHES "${name}\\.hpp:[0-9:]+ error")
    message(FATAL_ERROR "nothing is said about ${header}, which lacks an include:\n${said}")
  endif()
endfunction()

set(text "inline vaecollapse::Corpus* corpus = nullptr;")
expect(passes complete "#include <vaecollapse/data/corpus.hpp>" "${text}")
expect(fails without_ours "" "${text}")
set(text "inline std::map<int, int> numbers;")
expect(passes complete_too "#include <map>" "${text}")
expect(fails without_standard "" "${text}")
