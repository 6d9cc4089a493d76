# cmake -D work=<scratch folder> -P broken_rules_test.cmake
# The layer check has to find each of these.

cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/expect_from_check.cmake)

function(expect_problem header text expected)
  file(REMOVE_RECURSE ${work})
  file(WRITE ${work}/vaecollapse/${header} "${text}")
  expect_from_check(check_layers.cmake ${header} "${expected}")
endfunction()

set(once "#pragma once\n")
expect_problem(core/good.hpp "${once}#include <span>\n#include <vaecollapse/config.hpp>\n" nothing)
expect_problem(nn/good.hpp "${once}#include <vaecollapse/autodiff/ops/affine.hpp>\n" nothing)
expect_problem(core/a.hpp "${once}#include <vaecollapse/simd/math.hpp>\n"
               "core may not include simd")
expect_problem(kernels/a.hpp "${once}#include <vaecollapse/autodiff/tape.hpp>\n"
               "kernels may not include autodiff")
expect_problem(kernels/a.hpp "${once}#include <Eigen/Core>\n" "kernels may not include eigen")
expect_problem(data/a.hpp "${once}#  include <unsupported/Eigen/CXX11/Tensor>\n"
               "data may not include eigen")
expect_problem(autodiff/ops/a.hpp "${once}#include <vaecollapse/nn/gru.hpp>\n"
               "autodiff may not include nn")
expect_problem(train/a.hpp "${once}#include <vaecollapse/kernels/gru.hpp>\n"
               "train may not include kernels")
expect_problem(model/a.hpp "${once}#include <nlohmann/json.hpp>\n"
               "model may not include nlohmann")
expect_problem(simd/math.hpp "${once}#include <xsimd/xsimd.hpp>\n"
               "only simd/gate.hpp includes xsimd")
expect_problem(train/a.hpp "${once}#include <unistd.h>\n" "train may not include posix")
expect_problem(core/a.hpp "${once}#include <sched.h>\n" "core may not include posix")
expect_problem(tasks/reinflection/a.hpp "${once}#include <vaecollapse/io/file.hpp>\n" nothing)
expect_problem(tasks/reinflection/a.hpp "${once}#include <vaecollapse/io/model.hpp>\n"
               "tasks/reinflection may not include io")
expect_problem(tasks/reinflection/a.hpp "${once}#include <vaecollapse/tasks/text/a.hpp>\n"
               "tasks/reinflection may not include tasks/text")
expect_problem(diagnose/a.hpp "${once}#include <vaecollapse/train/report.hpp>\n"
               "diagnose may not include train")
expect_problem(core/a.hpp "${once}#include <iostream>\n" "<iostream> is not used")
expect_problem(core/a.hpp "${once}#include \"b.hpp\"\n" "never relative")
expect_problem(nn/a.hpp "${once}#include <vaecollapse/vaecollapse.hpp>\n"
               "no header includes the umbrella")
expect_problem(core/a.hpp "${once}#include <boost/any.hpp>\n" "nor a known dependency")
expect_problem(misc/a.hpp "${once}" "folder misc is not in the table")
expect_problem(core/a.hpp "#include <span>\n" "no #pragma once")
expect_problem(core/a.hpp "${once}inline int count = 0;\n" "static and can change")
expect_problem(core/a.hpp "${once}inline void f() {\n  static bool once;\n}\n"
               "static and can change")
expect_problem(core/a.hpp "${once}thread_local int depth = 0;\n" "static and can change")
expect_problem(core/a.hpp "${once}inline constexpr int two = 2;\ninline int f() {\n  return 2;\n}\n"
               nothing)
set(noted "${once}inline std::atomic<int> noted_signal{0};\n")
expect_problem(runs/stop_signals.hpp "${noted}" nothing)
expect_problem(runs/a.hpp "${noted}" "static and can change")
string(REPEAT "// A line.\n" 399 many)
expect_problem(core/a.hpp "${once}${many}" nothing)
expect_problem(core/a.hpp "${once}${many}// One more.\n" "401 lines, of 400 at most")
