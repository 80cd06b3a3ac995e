#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

// What a person asked for can't be: the message goes to them as it is.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The `--name value` pairs of a command line. Each command takes what it knows; refuse_rest() then refuses what nobody
// took.
class options {
 public:
  options(int count, char** arguments);

  bool has(std::string_view name) const { return values_.contains(name); }
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  std::uint64_t required_number(std::string_view name, std::uint64_t least, std::uint64_t most);
  std::string text(std::string_view name, std::string_view otherwise);
  void refuse_rest() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace bench
