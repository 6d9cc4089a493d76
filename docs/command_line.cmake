# cmake -D program=<reinflect> -D text_vae=<program> -D diagnose_posteriors=<program>
#       -D output=<file.md> -P command_line.cmake
# Writes what the programs say of themselves as a page.

cmake_minimum_required(VERSION 3.25)

set(page "# The command line {#cli}\n\nMade from the programs' own help.\n")
# The help of a program, or of one of its commands.
function(add_help path name command)
  execute_process(COMMAND ${path} ${command} --help OUTPUT_VARIABLE help
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "${path}" "${name}" help "${help}")
  string(STRIP "${name} ${command}" heading)
  set(page "${page}\n## ${heading}\n\n```text\n${help}```\n" PARENT_SCOPE)
endfunction()

foreach(command IN ITEMS "" train evaluate diagnose report predict interpolate sample compare explain
                         export corpus)
  add_help(${program} reinflect "${command}")
endforeach()
foreach(command IN ITEMS "" train evaluate sample reconstruct interpolate diagnose compare report
                         explain corpus)
  add_help(${text_vae} text_vae "${command}")
endforeach()
add_help(${diagnose_posteriors} diagnose_posteriors "")
file(WRITE ${output} "${page}")
