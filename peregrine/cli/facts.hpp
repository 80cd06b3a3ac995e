// What a command would take, as man pages and completions tell it: read off its options, so that they can't differ.
#pragma once

#include <string>
#include <vector>

namespace peregrine::cli {

struct option_facts {
  std::string brief;  // "-c", or empty
  std::string full;   // "--count", or empty; an argument without a flag: its name, "URL"
  std::string value;  // what follows it: "COUNT", "json|any"; empty for a toggle
  bool is_argument = false;
  std::string description;
  std::string usual;  // the default; empty if there is none
  std::string group;  // a heading

  std::vector<std::string> choices() const;  // of "json|any"; empty unless there are several
};

struct command_facts {
  std::string name;
  std::string summary;      // from the list of commands
  std::string description;  // from its own help
  std::string environment;  // how an option stands in the environment, for --log-format
  std::vector<option_facts> options;
};

}  // namespace peregrine::cli
