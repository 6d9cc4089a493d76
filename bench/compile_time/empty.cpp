// What every program with Eigen's tensors pays: the unit of hello_tape's target.
#include <unsupported/Eigen/CXX11/Tensor>

int main() {}
