# cmake -D include_dir=<...>/examples -P check_kit.cmake
# What trainers share knows no trainer and no task: a source of kit/ includes the library up to the
# tasks, and other headers of kit/.

cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE sources RELATIVE ${include_dir} ${include_dir}/kit/*.hpp ${include_dir}/kit/*.cpp)
if(NOT sources)
  message(FATAL_ERROR "no sources in ${include_dir}/kit")
endif()
set(problems "")
foreach(source IN LISTS sources)
  file(READ ${include_dir}/${source} text)
  string(REGEX MATCHALL "(^|\n)[ \t]*#[ \t]*include[^\n]*" includes "${text}")
  foreach(line IN LISTS includes)
    string(STRIP "${line}" line)
    if(line MATCHES "\"" AND NOT line MATCHES "\"kit/")
      list(APPEND problems "${source}: ${line}: a header that is not of the kit")
    elseif(line MATCHES "<vaecollapse/tasks/")
      list(APPEND problems "${source}: ${line}: a header of a task")
    endif()
  endforeach()
endforeach()
if(problems)
  list(JOIN problems "\n" problems)
  message(FATAL_ERROR "${problems}")
endif()
