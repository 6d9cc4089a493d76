// reinflect: trains, scores and uses a sequence VAE for morphological reinflection.
#include "command_line.hpp"

int main(int count, char** arguments) {
  return kit::run_program("reinflect", count, arguments, reinflection::parse_command_line);
}
