#include "targets.hpp"

#include "statistics.hpp"

namespace bench {
namespace {

target target_of(options& given, std::string_view port_name, std::string_view pid_name) {
  const auto port = static_cast<std::uint16_t>(given.required_number(port_name, 1, 65535));
  return {port, server_process(static_cast<pid_t>(given.required_number(pid_name, 1, 1 << 30))), {}};
}

}  // namespace

std::vector<target> targets_of(options& given) {
  std::vector<target> targets{target_of(given, "port", "pid")};
  if (given.has("beside-port")) targets.push_back(target_of(given, "beside-port", "beside-pid"));
  return targets;
}

std::string figures_as_json(const std::vector<target>& targets) {
  std::string text = "\"server\": " + summary_as_json(targets.front().microseconds);
  if (targets.size() > 1) text += ", \"beside\": " + summary_as_json(targets.back().microseconds);
  return text;
}

}  // namespace bench
