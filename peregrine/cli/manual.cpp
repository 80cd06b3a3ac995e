#include "peregrine/cli/manual.hpp"

#include "peregrine/base/lines.hpp"

#include <fmt/format.h>

namespace peregrine::cli {
namespace {

// As text in the middle of a page: nothing in it is a request, and a hyphen of an option can be copied as one.
std::string plain(std::string_view text) {
  std::string out;
  bool begins_line = true;
  for (const char c : text) {
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    begins_line = c == '\n';
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '`':
        out += "\\(ga";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + plain(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + plain(text) + "\\fR";
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

void begin(lines& out, std::string_view name, std::string_view version) {
  out.line(".TH {} 1 \"\" \"peregrine {}\" \"Peregrine\"", plain(upper(name)), version);
  out.line(".SH NAME");
}

// "-c, --count COUNT"
std::string term(const option_facts& of) {
  if (of.is_argument) return italic(of.full);
  std::string text = of.brief.empty() ? "" : bold(of.brief);
  if (!of.full.empty()) text += (text.empty() ? "" : ", ") + bold(of.full);
  if (!of.value.empty()) text += " " + italic(of.value);
  return text;
}

void list(lines& out, const std::vector<option_facts>& options) {
  std::string heading;
  for (const auto& each : options) {
    if (each.is_argument) continue;
    if (each.group != heading) {
      heading = each.group;
      out.line(".SS {}", plain(heading));
    }
    out.line(".TP\n{}", term(each));
    const bool ends = each.description.ends_with('.') || each.description.ends_with(':');
    out.line("{}{}", plain(each.description), ends ? "" : ".");
    if (!each.usual.empty()) out.line("Default: {}.", bold(each.usual));
  }
}

void see_also(lines& out, const std::vector<command_facts>& all, std::string_view without) {
  out.line(".SH SEE ALSO");
  std::string list = without.empty() ? "" : "\\fBperegrine\\fR(1)";
  for (const auto& each : all) {
    if (each.name == without) continue;
    list += fmt::format("{}\\fBperegrine\\-{}\\fR(1)", list.empty() ? "" : ",\n", plain(each.name));
  }
  out.line("{}", list);
}

}  // namespace

std::string manual(const std::vector<command_facts>& commands, std::string_view version) {
  lines out;
  begin(out, "peregrine", version);
  out.line("peregrine \\- one million live WebSocket connections on one small machine");
  out.line(".SH SYNOPSIS\n{} {} [{}]", bold("peregrine"), italic("COMMAND"), italic("OPTIONS"));
  out.line(".SH DESCRIPTION");
  out.line(
      "A WebSocket server, a client and a load generator, which hold very many live connections on one machine, over");
  out.line("HTTP/1.1, TLS and HTTP/2, and say what each costs.");
  out.line(".SH COMMANDS");
  for (const auto& each : commands) {
    out.line(".TP\n{}", bold(each.name));
    out.line("{}; see {}(1).", plain(each.summary), bold("peregrine-" + each.name));
  }
  out.line(".SH OPTIONS\n.TP\n{}, {}\nPrint the commands and end.", bold("-h"), bold("--help"));
  out.line(".TP\n{}\nPrint the version and end.", bold("--version"));
  see_also(out, commands, "");
  return out.take();
}

std::string manual(const command_facts& command, const std::vector<command_facts>& all, std::string_view version) {
  const auto name = "peregrine-" + command.name;
  lines out;
  begin(out, name, version);
  out.line("{} \\- {}", plain(name), plain(command.summary));
  std::string synopsis;
  for (const auto& each : command.options) {
    if (each.is_argument) synopsis += " " + italic(each.full);
  }
  out.line(".SH SYNOPSIS\n{}{} [{}]", bold("peregrine " + command.name), synopsis, italic("OPTIONS"));
  out.line(".SH DESCRIPTION\n{}", plain(command.description));
  for (const auto& each : command.options) {
    if (each.is_argument) out.line(".TP\n{}\n{}.", term(each), plain(each.description));
  }
  out.line(".SH OPTIONS");
  list(out, command.options);
  out.line(".SH ENVIRONMENT");
  out.line("Each option may stand in the environment, as {} for {}, or as a key of the file that {} names, in a",
           bold(command.environment), bold("--log-format"), bold("--config"));
  out.line("section {} or at its top. A flag counts before the environment, the environment before the file.",
           bold("[" + command.name + "]"));
  out.line(".SH EXIT STATUS\n.TP\n.B 0\nAll went well.\n.TP\n.B 1\nIt was tried and did not succeed, or not wholly.");
  out.line(".TP\n.B 2\nAn option or a value makes no sense; nothing was tried.");
  see_also(out, all, command.name);
  return out.take();
}

}  // namespace peregrine::cli
