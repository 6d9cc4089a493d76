# Fails unless simd::fma and simd::fnma become fused AVX-512 instructions. Needs no AVX-512 to run.
#
#   cmake -DCXX=<compiler> -DINCLUDES=<dir;dir...> -DSOURCE=<fma_assembly.cpp> -P fma_assembly.cmake

foreach(needed CXX INCLUDES SOURCE)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "fma_assembly.cmake needs -D${needed}=...")
  endif()
endforeach()

list(TRANSFORM INCLUDES PREPEND "-I" OUTPUT_VARIABLE include_flags)
execute_process(
  COMMAND ${CXX} -std=c++20 -march=x86-64-v4 -O2 -DNDEBUG ${include_flags} -S -o - ${SOURCE}
  RESULT_VARIABLE status
  OUTPUT_VARIABLE assembly
  ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${CXX} cannot compile ${SOURCE}:\n${errors}")
endif()

foreach(instruction "vfmadd[0-9]+ps[^\n]*zmm" "vfnmadd[0-9]+pd[^\n]*zmm")
  if(NOT assembly MATCHES "${instruction}")
    message(FATAL_ERROR "no ${instruction} in the assembly of ${CXX}:\n${assembly}")
  endif()
endforeach()
