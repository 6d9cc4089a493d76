# cmake -D file=... -D most=<lines> -P check_lines.cmake
# A program that shows how little a stranger has to write may not grow.
file(STRINGS ${file} lines NEWLINE_CONSUME)
string(REGEX MATCHALL "\n" lines "${lines}")
list(LENGTH lines count)
message(STATUS "${file}: ${count} lines, at most ${most} allowed")
if(count EQUAL 0 OR count GREATER most)
  message(FATAL_ERROR "too long")
endif()
