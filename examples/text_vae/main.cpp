// text_vae: trains, scores and uses a VAE of sentences, or a language model to compare it with.
#include "text_vae/command_line.hpp"

int main(int count, char** arguments) {
  return kit::run_program("text_vae", count, arguments, text_vae::parse_command_line);
}
