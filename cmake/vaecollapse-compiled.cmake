# Makes the target vaecollapse::compiled: a static library of the kernels that take longest to
# compile, for float and for double, and the definition that keeps its users from compiling them
# again. Worth its while in projects of several sources. Used by this build and, installed, by the
# package config.
#
# It has to be compiled for the same processor and in the same mode as what links it, or the linker
# does not find the kernels: where flags such as -march=native are not global, give them to the
# target vaecollapse_compiled as well.

if(TARGET vaecollapse::compiled)
  return()
endif()

set(vaecollapse_compiled_sources "")
foreach(scalar IN ITEMS float double)
  # Written only when it changes, so that nothing is compiled again without need.
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/vaecollapse_compiled/${scalar}.cpp CONTENT
       "#include <vaecollapse/kernels/compiled.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {
VAECOLLAPSE_KERNEL_INSTANCES(, ${scalar})
}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
")
  list(APPEND vaecollapse_compiled_sources
       ${CMAKE_CURRENT_BINARY_DIR}/vaecollapse_compiled/${scalar}.cpp)
endforeach()
add_library(vaecollapse_compiled STATIC EXCLUDE_FROM_ALL ${vaecollapse_compiled_sources})
add_library(vaecollapse::compiled ALIAS vaecollapse_compiled)
target_link_libraries(vaecollapse_compiled PUBLIC vaecollapse::vaecollapse)
target_compile_definitions(vaecollapse_compiled INTERFACE VAECOLLAPSE_COMPILED=1)
unset(vaecollapse_compiled_sources)
