#include "peregrine/cli/facts.hpp"

namespace peregrine::cli {

std::vector<std::string> option_facts::choices() const {
  std::vector<std::string> all;
  std::size_t begin = 0;
  for (auto end = value.find('|'); end != std::string::npos; begin = end + 1, end = value.find('|', begin)) {
    all.push_back(value.substr(begin, end - begin));
  }
  if (!all.empty()) all.push_back(value.substr(begin));
  return all;
}

}  // namespace peregrine::cli
