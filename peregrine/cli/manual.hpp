// Man pages (man(7)), from the facts about the commands.
#pragma once

#include "peregrine/cli/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace peregrine::cli {

// peregrine(1): what there is.
std::string manual(const std::vector<command_facts>& commands, std::string_view version);
// peregrine-NAME(1)
std::string manual(const command_facts& command, const std::vector<command_facts>& all, std::string_view version);

}  // namespace peregrine::cli
