#include "peregrine/doctor/remedy.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <iterator>
#include <system_error>

namespace peregrine::doctor {

std::vector<setting> too_low(const plan& found) {
  std::vector<setting> settings;
  for (const auto& each : found.limits) {
    if (!each.enough) settings.insert(settings.end(), each.settings.begin(), each.settings.end());
  }
  return settings;
}

std::string sysctl_file(const plan& found) {
  std::string text;
  for (const auto& each : too_low(found)) text += fmt::format("{} = {}\n", each.name, each.value);
  return text.empty() ? "# nothing here is too low\n" : text;
}

std::string limits_file(const plan& found) {
  if (found.open_files <= found.open_files_have) return "# nothing here is too low\n";
  // "*" is everybody but root.
  return fmt::format("* - nofile {0}\nroot - nofile {0}\n", found.open_files);
}

std::string both_files(const plan& found) {
  return fmt::format(
      "# {}\n# counts after: sysctl --system\n{}\n# {}\n# counts from the next login on; a service has "
      "LimitNOFILE={} in its [Service] instead\n{}",
      sysctl_path, sysctl_file(found), limits_path, std::max(found.open_files, found.open_files_have),
      limits_file(found));
}

std::string change::describe() const {
  if (code == 0) return fmt::format("{}: {} → {}", wanted.name, before, wanted.value);
  const auto why = code == EACCES || code == EPERM || code == EROFS
                       ? std::string("only root of the machine itself may set it")
                       : std::generic_category().message(code);
  return fmt::format("{} stays {}: {}; {}", wanted.name, before, why, sysctl_command(wanted));
}

std::vector<change> apply(const plan& found, const surroundings& here) {
  std::vector<change> made;
  for (const auto& each : too_low(found)) made.push_back({each, here.value_of(each.name), here.set(each)});
  return made;
}

std::string own_limits(const plan& found, const machine& here) {
  if (found.open_files <= found.open_files_have) return {};
  return fmt::format("open files of a shell: {}; of a service: LimitNOFILE={} in its [Service]",
                     lift_open_files(found.open_files, here), found.open_files);
}

}  // namespace peregrine::doctor
