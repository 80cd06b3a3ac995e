#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/fetch.hpp"
#include "peregrine/cli/options.hpp"

#include <fmt/format.h>

namespace peregrine::cli {

int allocations(int count, const char* const* words) {
  page_request wanted;
  wanted.path = "/allocations";
  bool json = false;
  options command("allocations", "Print what the connections of a running server cost it, in objects, bytes and time.");
  command.text("--url", wanted.server, "The server's administration, as in its --admin");
  command.text("--token-file", wanted.token_file, "Present the token in this file, the server's --admin-token-file");
  command.text("--ca", wanted.authorities,
               "With https, trust those whose certificates are in this PEM file, and no others");
  command.toggle("--insecure", wanted.insecure, "With https, take any certificate: who listens in between reads along");
  command.toggle("--json", json, "Print it as JSON");
  if (const auto end = command.parse(count, words)) return *end;
  if (json) wanted.accept = "application/json";
  const auto page = fetch(wanted);
  if (!page) {
    fmt::print(stderr, "peregrine allocations: {}\n", page.error().message);
    return failed;
  }
  fmt::print("{}{}", *page, page->ends_with('\n') ? "" : "\n");
  return done;
}

}  // namespace peregrine::cli
