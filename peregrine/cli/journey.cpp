#include "peregrine/journey/journey.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/conclude.hpp"
#include "peregrine/cli/options.hpp"
#include "peregrine/journey/pages.hpp"

#include <fmt/format.h>

#include <chrono>

namespace peregrine::cli {

using namespace std::chrono_literals;

int journey(int count, const char* const* words) {
  peregrine::journey::options chosen;
  conclusion end;
  options command("journey",
                  "The whole story: limits, a server, a swarm, a broadcast to all, and what a connection costs.\n"
                  "It ends with 0 only if it went as far as asked and all went well; with 1 else, as where the limits\n"
                  "of this machine let it go less far.");
  command.count("--to", chosen.to, "Go for so many WebSockets");
  command.choice<bool>("--protocol", chosen.http2, {{"http1", false}, {"http2", true}},
                       "What carries them; over HTTP/1.1 each is a TCP connection");
  command.toggle("--plain", chosen.plain, "Without TLS");
  command.duration("--hold", chosen.hold, "Hold them for so long");
  command.count("--broadcast", chosen.broadcasts, "Speak to all so many times");
  command.duration("--ping-interval", chosen.ping_interval,
                   "Who is silent for so long is pinged, or longer: 10,000 pings a second at most");
  command.toggle("--apply", chosen.apply,
                 "Set, as root, what is too low on this machine; it is put back in the end, whatever happens");
  end.add_options(command, "the whole story, the swarm's report under \"swarm\",");
  if (const auto over = command.parse(count, words)) return *over;

  const auto refuse = [](std::string_view why) {
    fmt::print(stderr, "peregrine journey: {}\n(peregrine journey --help lists the options)\n", why);
    return misused;
  };
  if (chosen.to == 0) return refuse("--to: expected at least one connection");
  if (chosen.ping_interval < 1s || chosen.ping_interval > 1h) {
    return refuse(fmt::format("--ping-interval {}: expected 1s to 1h", spell_duration(chosen.ping_interval)));
  }
  if (const auto opened = end.open(); !opened) return refuse(opened.error().message);

  const auto told = peregrine::journey::run(chosen);
  if (!told) {
    log::error("journey", "{}", told.error().message);
    return failed;
  }
  return end.tell(*told);
}

}  // namespace peregrine::cli
