# Makes the tables of a copy of the page about speed from the smoke runs, and looks for some rows.
#   cmake -D python=... -D source=... -D results=... -P tables_test.cmake

set(page ${results}/speed_details.md)
configure_file(${source}/docs/explanation/speed_details.md ${page} COPYONLY)
# The test's own peers: one GRU, one training step.
file(
  WRITE ${results}/peers.tsv
  "mode\tthreads\tT\tB\tI\tH\tpeer\tours_ns\tpeer_ns\tratio\tpercent_of_peak\tsamples\n"
  "forward\t1\t20\t64\t64\t256\tlibtorch\t100.0\t250.0\t2.500\t80.0\t9\n"
  "train_step\t2\t14\t64\t64\t256\tlibtorch\t250000.0\t1000000.0\t4.000\t70.0\t9\n")
execute_process(
  COMMAND ${python} ${source}/scripts/bench_tables.py --results ${results} --page ${page}
  RESULT_VARIABLE failed
  ERROR_VARIABLE errors)
if(failed)
  message(FATAL_ERROR "bench_tables.py failed: ${errors}")
endif()
file(READ ${page} text)
foreach(row IN ITEMS "| instruction set | " "| 64 | 16 | 10 | 64 | " "| input backward | 256 | 768 | 64 | "
                     "| softplus | " "| multiply row | 256 x 128 | "
                     "| softmax backward | 40 x 64 | " "| both | 64 | 64 | 64 | " "| backward | 768 | "
                     "| optimise: adam | parameter | " "| affine | 64 | "
                     "| beam 4 | 40 | 2 | " "| text | 161 | 640 | " "| 40 | 896 | 256 | "
                     "| forward | 1 | 256 | 64 | 20 | 64 | 100 (80) | 250 (2.50x) |"
                     "| train step | 2 | 256 | 64 | 14 | 64 | 4000 (70) | 1000 (4.00x) |")
  string(FIND "${text}" "${row}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "no row '${row}' in ${page}")
  endif()
endforeach()
