// The commands of the program. Each takes its own words, its name first, and gives the exit code.
#pragma once

#include <string>
#include <vector>

namespace peregrine::cli {

int serve(int count, const char* const* words);
int chat(int count, const char* const* words);
int swarm(int count, const char* const* words);
int journey(int count, const char* const* words);
int doctor(int count, const char* const* words);
int allocations(int count, const char* const* words);

std::vector<std::string> command_names();

// Finds the command that words[1] names and runs it.
int run(int count, const char* const* words);

}  // namespace peregrine::cli
