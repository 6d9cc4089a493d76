# cmake -D source=<the project's root> -P tutorials.cmake
# Every page of docs/tutorials, and some of docs/how_to, show their code, and each block of it stands
# so, but for indentation, in one of the sources that the page names, which are compiled and run.

cmake_minimum_required(VERSION 3.25)

# The text without indentation.
function(without_indentation text result)
  string(REGEX REPLACE "\n[ ]+" "\n" text "\n${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(GLOB pages ${source}/docs/tutorials/*.md)
list(APPEND pages ${source}/docs/how_to/custom_head_transform.md
     ${source}/docs/how_to/a_program_of_your_own.md
     ${source}/docs/how_to/custom_posterior.md
     ${source}/docs/how_to/custom_training.md
     ${source}/docs/how_to/decode_and_sample.md
     ${source}/docs/how_to/freeze_and_restart.md)
set(blocks 0)
foreach(page IN LISTS pages)
  file(READ ${page} rest)
  string(REGEX MATCHALL "`(tests|examples)/[a-z_/]+[.][ch]pp`" names "${rest}")
  if(NOT names)
    message(FATAL_ERROR "${page} names no source of tests or examples")
  endif()
  set(program "")
  foreach(name IN LISTS names)
    string(REPLACE "`" "" name "${name}")
    file(READ ${source}/${name} text)
    string(APPEND program "\n${text}")
  endforeach()
  without_indentation("${program}" program)
  set(shown 0)
  while(TRUE)
    string(FIND "${rest}" "```cpp\n" begin)
    if(begin EQUAL -1)
      break()
    endif()
    math(EXPR begin "${begin} + 7")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    string(FIND "${rest}" "```" end)
    string(SUBSTRING "${rest}" 0 ${end} block)
    math(EXPR end "${end} + 3")
    string(SUBSTRING "${rest}" ${end} -1 rest)
    without_indentation("${block}" block)
    string(FIND "${program}" "${block}" place)
    if(place EQUAL -1)
      message(FATAL_ERROR "${page}: ${names} do not hold:\n${block}")
    endif()
    math(EXPR shown "${shown} + 1")
  endwhile()
  if(shown EQUAL 0)
    message(FATAL_ERROR "${page} shows no code")
  endif()
  math(EXPR blocks "${blocks} + ${shown}")
endforeach()
message(STATUS "${blocks} blocks of code stand in their programs")
