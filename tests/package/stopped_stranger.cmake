# cmake -D program=<stranger_vae> -D folder=... -P stopped_stranger.cmake
# A run that is asked to stop half way, and one that is killed, go on to the bits of one that never
# stopped.

cmake_minimum_required(VERSION 3.25)

# run(run [step signal] STATUS expected): the program's output is in `output`.
function(run name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "STATUS" "")
  execute_process(
    COMMAND ${program} ${folder}/${name} ${arg_UNPARSED_ARGUMENTS}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output)
  if(NOT status MATCHES "${arg_STATUS}")
    message(FATAL_ERROR "${name} ended with ${status}, expected ${arg_STATUS}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# The metrics of a run without its third and fourth column, which are times.
function(metrics run result)
  file(READ ${run}/metrics.csv text)
  string(REGEX REPLACE "\n([0-9]+,[0-9]+),[^,\n]+,[^,\n]+," "\n\\1," text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${folder})
run(whole STATUS "^0$")
set(whole "${output}")
if(NOT whole MATCHES "after step 100\n[a-z]+\n")
  message(FATAL_ERROR "no names after 100 steps: ${whole}")
endif()

set(SIGTERM 15)
set(SIGKILL 9)
run(stopped 37 ${SIGTERM} STATUS "^1$")
run(killed 73 ${SIGKILL} STATUS "[Kk]illed|137")
foreach(name IN ITEMS stopped killed)
  run(${name} STATUS "^0$")
  if(NOT output STREQUAL whole)
    message(FATAL_ERROR "${name} ends with\n${output}and not with\n${whole}")
  endif()
  file(SHA256 ${folder}/whole/model.safetensors expected_model)
  file(SHA256 ${folder}/${name}/model.safetensors found_model)
  metrics(${folder}/whole expected_metrics)
  metrics(${folder}/${name} found_metrics)
  foreach(content IN ITEMS model metrics)
    if(NOT found_${content} STREQUAL expected_${content})
      message(FATAL_ERROR "${name}: ${content} other than those of a run that never stopped")
    endif()
  endforeach()
endforeach()
