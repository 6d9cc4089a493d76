# cmake -D nm=... -D objects=... -P no_kernels.cmake
# None of the objects defines a product of matrices or a step of a GRU: they are compiled elsewhere.

set(wanted "kernels::gemm<float>" "kernels::gru_step_forward<float>")
set(uses 0)
foreach(object IN LISTS objects)
  execute_process(COMMAND ${nm} -C ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  foreach(kernel IN LISTS wanted)
    if(symbols MATCHES "[0-9a-f]+ [TtWwV] [^\n]*${kernel}")
      message(FATAL_ERROR "${object} defines ${kernel} itself")
    elseif(symbols MATCHES " U [^\n]*${kernel}")
      math(EXPR uses "${uses} + 1")
    endif()
  endforeach()
endforeach()
if(uses EQUAL 0)
  message(FATAL_ERROR "no object uses a kernel: this test tests nothing")
endif()
