// diagnose_posteriors: whether any VAE uses its z, from a file of its posteriors.
#include "command.hpp"

int main(int count, char** arguments) {
  return kit::run_program("diagnose_posteriors", count, arguments, posteriors::parse_command_line);
}
