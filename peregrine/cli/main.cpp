#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/options.hpp"

#include <fmt/format.h>

#include <exception>

int main(int count, char** words) try {
  return peregrine::cli::run(count, words);
} catch (const std::exception& wrong) {
  // Exceptions are for start-up: no memory, no thread, a library that refuses.
  fmt::print(stderr, "peregrine: {}\n", wrong.what());
  return peregrine::cli::failed;
}
