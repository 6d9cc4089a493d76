# cmake -D script=<.../install_dependencies.sh> -D work=<scratch folder> -P <this>
# What the script would install where nothing is installed yet. apt and its like are stand-ins that
# only say what they are asked to do.

cmake_minimum_required(VERSION 3.25)

function(stand_in name body)
  file(WRITE ${work}/${name} "#!/bin/sh\n${body}\n")
  file(CHMOD ${work}/${name} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()
stand_in(apt-get "echo apt-get $*")
stand_in(dpkg-query "exit 1")
stand_in(id "echo 0")

function(run option)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env "PATH=${work}:$ENV{PATH}" ${script} ${option}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE errors)
  set(result ${result} PARENT_SCOPE)
  set(said "${output}${errors}" PARENT_SCOPE)
endfunction()

# expect(option status [INSTALLS package...] [LEAVES package...])
function(expect option status)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "INSTALLS;LEAVES")
  run("${option}")
  if(NOT result EQUAL status)
    message(SEND_ERROR "'${option}': status ${result}, expected ${status}: ${said}")
  endif()
  foreach(package IN LISTS arg_INSTALLS)
    if(NOT said MATCHES "apt-get install [^\n]* ${package}[ \n]")
      message(SEND_ERROR "'${option}' does not install ${package}: ${said}")
    endif()
  endforeach()
  foreach(package IN LISTS arg_LEAVES)
    if(said MATCHES " ${package}[ \n]")
      message(SEND_ERROR "'${option}' installs ${package}: ${said}")
    endif()
  endforeach()
endfunction()

expect("" 0 INSTALLS libeigen3-dev libxsimd-dev LEAVES clang doxygen libtorch-dev)
expect(--all 0 INSTALLS libeigen3-dev clang LEAVES libtorch-dev)
expect(--docs 0 INSTALLS libeigen3-dev doxygen LEAVES libtorch-dev)
expect(--peers 0 INSTALLS libeigen3-dev libbenchmark-dev libtorch-dev libdnnl-dev ocl-icd-opencl-dev
       libopenblas0-openmp LEAVES clang)
expect(--everything 2 LEAVES libeigen3-dev)
