#include "options.hpp"

#include <charconv>

namespace bench {

options::options(int count, char** arguments) {
  for (int i = 0; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (!name.starts_with("--")) throw usage_error("expected --name value, not \"" + std::string(name) + "\"");
    if (i + 1 == count) throw usage_error(std::string(name) + " needs a value");
    values_[std::string(name.substr(2))] = arguments[i + 1];
  }
}

std::uint64_t options::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most) {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  const std::string value = std::move(found->second);
  values_.erase(found);
  std::uint64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, failure] = std::from_chars(value.data(), end, number);
  if (failure != std::errc{} || stopped != end || number < least || number > most) {
    throw usage_error("--" + std::string(name) + " must be a number from " + std::to_string(least) + " to " +
                      std::to_string(most) + ", not \"" + value + "\"");
  }
  return number;
}

std::uint64_t options::required_number(std::string_view name, std::uint64_t least, std::uint64_t most) {
  if (!values_.contains(name)) throw usage_error("--" + std::string(name) + " is needed");
  return number(name, 0, least, most);
}

std::string options::text(std::string_view name, std::string_view otherwise) {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::string(otherwise);
  std::string value = std::move(found->second);
  values_.erase(found);
  return value;
}

void options::refuse_rest() const {
  if (!values_.empty()) throw usage_error("unknown option --" + values_.begin()->first);
}

}  // namespace bench
