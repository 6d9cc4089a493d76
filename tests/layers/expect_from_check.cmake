# What the tests of the checks share: a check is run on the tree in ${work}.

# Fails as `name` unless the script `check` complains of what `expected` says, or passes where that
# is `nothing`.
function(expect_from_check check name expected)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -D include_dir=${work} -P ${CMAKE_CURRENT_LIST_DIR}/${check}
    RESULT_VARIABLE result
    ERROR_VARIABLE errors
    OUTPUT_QUIET)
  # CMake wraps long messages.
  string(REGEX REPLACE "[ \n]+" " " errors "${errors}")
  string(FIND "${errors}" "${expected}" found)
  if(expected STREQUAL "nothing")
    if(NOT result EQUAL 0)
      message(SEND_ERROR "${name}: should pass, but: ${errors}")
    endif()
  elseif(result EQUAL 0 OR found EQUAL -1)
    message(SEND_ERROR "${name}: expected \"${expected}\", got: ${errors}")
  endif()
endfunction()
