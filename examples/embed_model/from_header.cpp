// A trained model in a program that has nothing else: no library, no Eigen, no file at run time.
//   reinflect export --model DIR --cpp-header inflection.hpp
//   c++ -std=c++20 -O2 from_header.cpp -o from_header
//   from_header WORD MSD
#include <cstdio>

#include "inflection.hpp"

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: from_header WORD MSD\n");
    return 2;
  }
  std::printf("%s\n", inflection::inflect(arguments[1], arguments[2]).c_str());
}
