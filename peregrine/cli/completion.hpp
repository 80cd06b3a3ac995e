// What a shell offers behind `peregrine `, from the facts about the commands: each a script for that shell.
#pragma once

#include "peregrine/cli/facts.hpp"

#include <string>
#include <vector>

namespace peregrine::cli {

std::string completion_for_bash(const std::vector<command_facts>& commands);
std::string completion_for_zsh(const std::vector<command_facts>& commands);
std::string completion_for_fish(const std::vector<command_facts>& commands);

}  // namespace peregrine::cli
