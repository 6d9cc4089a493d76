# cmake -D file=... -D most=<bytes> -P check_size.cmake
file(SIZE ${file} size)
message(STATUS "${file}: ${size} bytes, at most ${most} allowed")
if(size GREATER most)
  message(FATAL_ERROR "too large")
endif()
