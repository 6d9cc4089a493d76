# Run at every build: writes build.hpp anew if the commit or anything else in it has changed.
#   cmake -D source=... -D output=... -D compiler=... -D flags=... -D google_benchmark=... -P ...

find_program(git git)
set(commit unknown)
if(git)
  execute_process(
    COMMAND ${git} -C ${source} describe --always --dirty --abbrev=12
    OUTPUT_VARIABLE found
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
    RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit ${found})
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/build.hpp.in ${output} @ONLY)
