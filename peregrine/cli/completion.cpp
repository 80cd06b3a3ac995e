#include "peregrine/cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

namespace peregrine::cli {
namespace {

// Files are offered where any text is taken: some of it names one.
bool takes_text(const option_facts& of) {
  return of.value.starts_with("TEXT") || of.value == "FILE";
}

std::vector<std::string> flags_of(const option_facts& of) {
  std::vector<std::string> flags;
  for (const auto* each : {&of.brief, &of.full}) {
    if (!of.is_argument && !each->empty()) flags.push_back(*each);
  }
  return flags;
}

std::string replaced(std::string_view text, std::string_view characters, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

// In single quotes, of which none can stand inside: '\''.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

template <class... T>
void add(std::string& text, fmt::format_string<T...> form, T&&... values) {
  fmt::format_to(std::back_inserter(text), form, std::forward<T>(values)...);
}

}  // namespace

std::string completion_for_bash(const std::vector<command_facts>& commands) {
  std::string names, values, words;
  for (const auto& command : commands) {
    names += command.name + " ";
    std::vector<std::string> all;
    for (const auto& option : command.options) {
      const auto flags = flags_of(option);
      all.insert(all.end(), flags.begin(), flags.end());
      if (flags.empty() || option.value.empty()) continue;
      std::vector<std::string> places;
      places.reserve(flags.size());
      for (const auto& flag : flags) places.push_back(fmt::format("'{} {}'", command.name, flag));
      const auto choices = option.choices();
      add(values, "    {})", fmt::join(places, "|"));
      if (!choices.empty()) {
        add(values, " offered='{}'", fmt::join(choices, " "));
      } else if (!takes_text(option)) {
        values += " compopt +o default";
      } else {
        values += " :";
      }
      values += " ;;\n";
    }
    add(words, "        {}) offered='{}' ;;\n", command.name, fmt::join(all, " "));
  }
  return fmt::format(R"bash(# bash completion for peregrine, as `peregrine completion bash` prints it
_peregrine() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} offered=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    offered='{0}--help --version'
  else
    case "$command $before" in
{1}    *)
      case $command in
{2}      esac ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$word")
}}
complete -o default -F _peregrine peregrine
)bash",
                     names, values, words);
}

std::string completion_for_zsh(const std::vector<command_facts>& commands) {
  std::string names, cases;
  for (const auto& command : commands) {
    add(names, "    {}\n", quoted(command.name + ":" + replaced(command.summary, ":", "\\")));
    add(cases, "    {})\n      _arguments", command.name);
    for (const auto& option : command.options) {
      const auto told = replaced(option.description.substr(0, option.description.find('\n')), "[]:\\", "\\");
      const auto choices = option.choices();
      const auto taken = option.value.empty() && !option.is_argument ? std::string()
                         : !choices.empty() ? fmt::format(":value:({})", fmt::join(choices, " "))
                         : takes_text(option)
                             ? fmt::format(":{}:_files", option.value.substr(0, option.value.find(' ')))
                             : fmt::format(":{}:", option.is_argument ? option.full : option.value);
      if (option.is_argument) {
        add(cases, " \\\n        {}", quoted(taken));
        continue;
      }
      const auto many = option.value.ends_with("...") ? "*" : "";
      for (const auto& flag : flags_of(option)) {
        add(cases, " \\\n        {}", quoted(fmt::format("{}{}[{}]{}", many, flag, told, taken)));
      }
    }
    cases += " ;;\n";
  }
  return fmt::format(R"zsh(#compdef peregrine
# zsh completion for peregrine, as `peregrine completion zsh` prints it
_peregrine() {{
  local -a commands=(
{0}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{1}  esac
}}
_peregrine "$@"
)zsh",
                     names, cases);
}

std::string completion_for_fish(const std::vector<command_facts>& commands) {
  std::string text =
      "# fish completion for peregrine, as `peregrine completion fish` prints it\ncomplete -c peregrine -f\n";
  // Within single quotes fish knows two escapes, \' and \\.
  const auto quote = [](std::string_view words) { return "'" + replaced(words, "'\\", "\\") + "'"; };
  for (const auto& command : commands) {
    add(text, "complete -c peregrine -n __fish_use_subcommand -a {} -d {}\n", command.name, quote(command.summary));
    for (const auto& option : command.options) {
      if (option.is_argument) continue;
      add(text, "complete -c peregrine -n '__fish_seen_subcommand_from {}'", command.name);
      if (!option.brief.empty()) add(text, " -s {}", option.brief.substr(1));
      if (!option.full.empty()) add(text, " -l {}", option.full.substr(2));
      if (const auto choices = option.choices(); !choices.empty()) {
        add(text, " -x -a '{}'", fmt::join(choices, " "));
      } else if (!option.value.empty()) {
        text += takes_text(option) ? " -r -F" : " -x";
      }
      add(text, " -d {}\n", quote(option.description.substr(0, option.description.find('\n'))));
    }
  }
  return text;
}

}  // namespace peregrine::cli
