#include "peregrine/cli/options.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/config_file.hpp"
#include "peregrine/cli/nearest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace peregrine::cli {
namespace {

// CLI11 only gathers the words; what they mean is read later, when it is known which source counts.
bool gather(const std::vector<std::string>& /*words*/) {
  return true;
}

// "-c,--count" → "count"
std::string long_name(const std::string& names) {
  return names.substr(names.rfind("--") + 2);
}

result<bool> parse_truth(const std::string& word) {
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return failure{fmt::format("\"{}\" is neither true nor false; expected one of these", word)};
}

std::string unknown(std::string_view where, std::string_view what, std::string_view name,
                    const std::vector<std::string>& known) {
  const auto meant = nearest(name, known);
  return fmt::format("{}: there is no {} {}{}", where, what, name,
                     meant ? fmt::format("; did you mean {}?", *meant) : "");
}

// "a", "a or b", "a, b or c"
std::string listed(const std::vector<std::string>& words) {
  std::string list = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) list += (i + 1 == words.size() ? " or " : ", ") + words[i];
  return list;
}

template <class T>
result<void> keep(result<T> parsed, auto& target) {
  if (!parsed) return parsed.error();
  target = *parsed;
  return {};
}

}  // namespace

options::options(std::string command, const std::string& description)
    : command_(std::move(command)), app_(std::make_unique<CLI::App>(description, "peregrine " + command_)) {
  app_->allow_extras();  // which unexpected() words better than CLI11
  app_->set_help_flag("-h,--help", "Print this and end");
  app_->footer(
      fmt::format("An option may also stand in the environment ({} for --log-format) or in the file of --config.\n"
                  "A flag counts before the environment, the environment before the file.",
                  environment_name("log-format")));
}

options::~options() = default;

void options::add_common() {
  const auto own = settings_.size();
  choice<log::level>("--log-level", log_.threshold,
                     {{"debug", log::level::debug},
                      {"info", log::level::info},
                      {"warning", log::level::warning},
                      {"error", log::level::error},
                      {"off", log::level::off}},
                     "The least grave that is logged");
  choice<log::format>(
      "--log-format", log_.form,
      {{"auto", log::format::automatic}, {"console", log::format::console}, {"json", log::format::json}},
      "How the log looks; auto is console on a terminal, else json");
  verbose_ = app_->add_flag("-v")->description("Log one level more");
  quiet_ = app_->add_flag("-q")->description("Log one level less");
  config_ = app_->add_option("--config", CLI::callback_t(gather), "Read options from this file")->type_name("FILE");
  print_ = app_->add_flag("--print-config")->description("Print what holds, as a config file, and end");
  constexpr const char* group = "Log and configuration";
  for (auto* each : {verbose_, quiet_, config_, print_}) each->group(group);
  for (auto i = own; i < settings_.size(); ++i) settings_[i].option->group(group);
}

void options::add(const std::string& names, const std::string& type, bool many, const std::string& description,
                  std::function<result<void>(const values&)> read, std::function<values()> spell) {
  auto* option = app_->add_option(names, CLI::callback_t(gather), description)->type_name(type);
  if (many) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (const auto current = spell(); !current.empty()) option->default_str(CLI::detail::join(current, ","));
  settings_.push_back({option, long_name(names), many, std::move(read), std::move(spell)});
}

void options::text(const std::string& names, std::string& target, const std::string& description) {
  add(
      names, "TEXT", false, description,
      [&target](const values& given) -> result<void> {
        target = given[0];
        return {};
      },
      [&target] { return target.empty() ? values{} : values{target}; });
}

void options::texts(const std::string& names, std::vector<std::string>& target, const std::string& description) {
  add(
      names, "TEXT ...", true, description,
      [&target](const values& given) -> result<void> {
        target = given;
        return {};
      },
      [&target] { return target; });
}

void options::toggle(const std::string& names, bool& target, const std::string& description) {
  auto* option = app_->add_flag(names)->description(description);
  settings_.push_back({option, long_name(names), false,
                       [&target](const values& given) { return keep(parse_truth(given[0]), target); },
                       [&target] { return values{target ? "true" : "false"}; }});
}

void options::size(const std::string& names, std::uint64_t& target, const std::string& description) {
  add(
      names, "SIZE", false, description, [&target](const values& given) { return keep(parse_size(given[0]), target); },
      [&target] { return values{spell_size(target)}; });
}

void options::count(const std::string& names, std::uint64_t& target, const std::string& description) {
  add(
      names, "COUNT", false, description,
      [&target](const values& given) { return keep(parse_count(given[0]), target); },
      [&target] { return values{fmt::format("{}", target)}; });
}

void options::count(const std::string& names, std::optional<std::uint64_t>& target, const std::string& description) {
  add(
      names, "COUNT", false, description,
      [&target](const values& given) { return keep(parse_count(given[0]), target); },
      [&target] { return target ? values{fmt::format("{}", *target)} : values{}; });
}

void options::rate(const std::string& names, std::optional<double>& target, const std::string& description) {
  add(
      names, "RATE", false, description, [&target](const values& given) { return keep(parse_rate(given[0]), target); },
      [&target] { return target ? values{fmt::format("{}/s", *target)} : values{}; });
}

void options::duration(const std::string& names, std::chrono::milliseconds& target, const std::string& description) {
  add(
      names, "DURATION", false, description,
      [&target](const values& given) -> result<void> {
        const auto parsed = parse_duration(given[0]);
        if (!parsed) return parsed.error();
        target = std::chrono::ceil<std::chrono::milliseconds>(*parsed);  // a short time is not none
        return {};
      },
      [&target] { return values{spell_duration(target)}; });
}

void options::add_choice(const std::string& names, const values& known, std::function<void(std::size_t)> chosen,
                         std::function<std::size_t()> current, const std::string& description) {
  add(
      names, CLI::detail::join(known, "|"), false, description,
      [known, chosen = std::move(chosen)](const values& given) -> result<void> {
        const auto place = std::ranges::find(known, given[0]);
        if (place == known.end()) {
          return failure{fmt::format("\"{}\" is none of the choices; expected {}", given[0], listed(known))};
        }
        chosen(static_cast<std::size_t>(place - known.begin()));
        return {};
      },
      [known, current = std::move(current)] { return values{known[current()]}; });
}

void options::argument(const std::string& name, std::string& target, const std::string& description) {
  const auto take = [&target](const values& given) {
    target = given[0];
    return true;
  };
  app_->add_option(name, CLI::callback_t(take), description)->required();
}

std::optional<int> options::parse(int count, const char* const* words) {
  const auto refuse = [&](const std::string& why) {
    fmt::print(stderr, "peregrine {}: {}\n(peregrine {} --help lists the options)\n", command_, why, command_);
    return misused;
  };
  add_common();
  if (asked_for_ != nullptr) {
    *asked_for_ = facts();
    return done;
  }
  try {
    app_->parse(count, words);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app_->help());
    return done;
  } catch (const CLI::ParseError& mistake) {
    // A mistyped flag may be why something else is missing, so it is told first.
    const auto extras = app_->remaining();
    return refuse(extras.empty() ? mistake.what() : unexpected(extras.front()));
  }
  if (const auto extras = app_->remaining(); !extras.empty()) return refuse(unexpected(extras.front()));
  if (const auto read = read_all(); !read) return refuse(read.error().message);
  log_.threshold =
      log::from_verbosity(static_cast<int>(verbose_->count()) - static_cast<int>(quiet_->count()), log_.threshold);
  if (print_->count() > 0) return print_config();
  log::configure(log_);
  return std::nullopt;
}

result<void> options::read_all() {
  const auto from_environment = [&](std::string_view key) { return std::getenv(environment_name(key).c_str()); };
  if (auto checked = check_environment(); !checked) return checked;

  std::string path;
  if (config_->count() > 0) {
    path = config_->results().front();
  } else if (const auto* given = from_environment("config")) {
    path = given;
  }
  std::vector<config_entry> entries;
  if (!path.empty()) {
    auto read = read_config(path);
    if (!read) return read.error();
    for (auto& each : *read) {
      if (!each.section.empty() && each.section != command_) {
        const auto sections = command_names();  // one config file may serve all commands
        if (std::ranges::find(sections, each.section) != sections.end()) continue;
        return failure{unknown(path, "section", each.section, sections)};
      }
      if (std::ranges::find(settings_, each.key, &setting::key) == settings_.end()) {
        return failure{unknown(path, "key", each.key, keys(""))};
      }
      entries.push_back(std::move(each));
    }
  }

  for (const auto& each : settings_) {
    result<void> read;
    if (each.option->count() > 0) {
      read = read_one(each, each.option->results(), "--" + each.key);
    } else if (const auto* given = from_environment(each.key)) {
      read = read_one(each, each.many ? CLI::detail::split(given, ',') : values{given}, environment_name(each.key));
    } else if (const auto entry = std::ranges::find(entries, each.key, &config_entry::key); entry != entries.end()) {
      read = read_one(each, entry->values, path + ": " + each.key);
    }
    if (!read) return read;
  }
  return {};
}

result<void> options::check_environment() const {
  const auto ours = environment_name("");
  values known{environment_name("config").substr(ours.size())};
  for (const auto& each : settings_) known.push_back(environment_name(each.key).substr(ours.size()));
  for (const char* const* each = environ; *each != nullptr; ++each) {
    std::string_view name(*each);
    name = name.substr(0, name.find('='));
    if (!name.starts_with(ours)) continue;
    // What all of them begin with would make any of them look like what was meant.
    const auto own = name.substr(ours.size());
    if (std::ranges::find(known, own) != known.end()) continue;
    const auto meant = nearest(own, known);
    return failure{fmt::format("the environment: there is no {}{}", name,
                               meant ? fmt::format("; did you mean {}{}?", ours, *meant) : "")};
  }
  return {};
}

result<void> options::read_one(const setting& each, const values& given, std::string_view source) const {
  if (!each.many && given.size() != 1) {
    return failure{fmt::format("{}: expected one value, not {}", source, given.size())};
  }
  const auto read = each.read(given);
  if (!read) return failure{fmt::format("{}: {}", source, read.error().message)};
  return {};
}

std::string options::unexpected(const std::string& word) const {
  if (!word.starts_with('-')) return fmt::format("\"{}\" is one argument too many", word);
  const auto flag = word.substr(0, word.find('='));
  auto known = keys("--");
  known.insert(known.end(), {"--config", "--print-config", "--help"});
  const auto meant = nearest(flag, known);
  return fmt::format("there is no option {}{}", flag, meant ? fmt::format("; did you mean {}?", *meant) : "");
}

std::string options::environment_name(std::string_view key) const {
  auto name = fmt::format("PEREGRINE_{}_{}", command_, key);
  for (auto& c : name) c = c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return name;
}

options::values options::keys(std::string_view prefix) const {
  values names;
  for (const auto& each : settings_) names.push_back(std::string(prefix) + each.key);
  return names;
}

command_facts* options::asked_for_ = nullptr;

command_facts options::facts_of(const std::string& name, int (*command)(int, const char* const*)) {
  command_facts told;
  asked_for_ = &told;
  const char* const words[] = {name.c_str()};
  command(1, words);
  asked_for_ = nullptr;
  return told;
}

command_facts options::facts() const {
  command_facts told{command_, {}, app_->get_description(), environment_name("log-format"), {}};
  for (const auto* each : app_->get_options()) {
    option_facts one;
    if (!each->get_snames().empty()) one.brief = "-" + each->get_snames().front();
    if (!each->get_lnames().empty()) one.full = "--" + each->get_lnames().front();
    one.is_argument = each->get_positional();
    if (one.is_argument) one.full = each->get_name();
    // CLI11 calls text what is a flag without a value.
    one.value = each->get_items_expected_max() > 0 ? each->get_type_name() : "";
    one.description = each->get_description();
    one.usual = each->get_default_str();
    one.group = each->get_group();
    told.options.push_back(std::move(one));
  }
  return told;
}

int options::print_config() const {
  fmt::print("[{}]\n", command_);
  for (const auto& each : settings_) {
    // An empty list is left out, as is what has no value: neither has a form in the file.
    if (const auto current = each.spell(); !current.empty()) {
      fmt::print("{}\n", config_line(each.key, current, each.many));
    }
  }
  return done;
}

}  // namespace peregrine::cli
