# cmake -D program=<reinflect> -D output=<file.md> -P command_line.cmake
# Writes what the program says of itself as a page.

cmake_minimum_required(VERSION 3.25)

set(page "# The command line of reinflect {#cli}\n\nMade from the program's own help.\n")
foreach(command IN ITEMS "" train evaluate predict compare diagnose export corpus)
  execute_process(COMMAND ${program} ${command} --help OUTPUT_VARIABLE help
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "${program}" "reinflect" help "${help}")
  string(STRIP "reinflect ${command}" heading)
  string(APPEND page "\n## ${heading}\n\n```text\n${help}```\n")
endforeach()
file(WRITE ${output} "${page}")
