#include "peregrine/journey/pages.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/swarm/pages.hpp"
#include "peregrine/swarm/seed.hpp"

#include <fmt/format.h>

namespace peregrine::journey {
namespace {

using page::marked;

std::string sum_up(const story& of) {
  auto text = swarm::sum_up(of.swarm);
  if (of.went_for < of.asked) {
    text = fmt::format("{} were asked for; the limits of this machine allow {}. {}", print_count(of.asked),
                       print_count(of.went_for), text);
  }
  if (!of.server_ended_well) text += " The server did not end as it should.";
  return text;
}

std::string print_bytes(std::uint64_t bytes) {
  return print_count(bytes) + " B";
}

page::tile tile_of_speed(const story& of) {
  auto tile = swarm::tile_of_rate(of.swarm);
  if (const auto seconds = of.swarm.open_seconds(); seconds > 0) {
    const auto rate = static_cast<double>(of.swarm.opening.opened) / seconds;
    const auto then = swarm::seed::connections / swarm::seed::seconds;
    tile.remark += fmt::format(", {:.0f} times as fast as in 2020", rate / then);
  }
  return tile;
}

page::markup costs(const story& of) {
  const auto count = of.swarm.opening.opened;
  const auto in_all = [count](std::uint64_t bytes) { return marked("{}", print_size(bytes * count)); };
  page::table table{.head = {"One idle WebSocket takes", "bytes", "all of them", "CPU to open it"}, .rows = {}};
  table.rows.push_back({marked("of the server's user memory"), swarm::bytes_cell(of.server_user_bytes()),
                        in_all(of.server_user_bytes()), marked("{:.1f} µs", of.server_handshake_microseconds())});
  table.rows.push_back({marked("of the swarm's"), swarm::bytes_cell(of.swarm.user_bytes_per_connection()),
                        in_all(of.swarm.user_bytes_per_connection()),
                        marked("{:.1f} µs", of.client_handshake_microseconds())});
  table.rows.push_back({marked("of the kernel's, for both ends"), swarm::bytes_cell(of.kernel_bytes()),
                        in_all(of.kernel_bytes()), page::markup()});
  page::markup out = page::draw(table);
  if (of.held.time > 0) {
    out.add(marked(
        "<p class=\"remark\">While it held them, the server used {:.2f} % of a core. The kernel's part: {}.</p>\n",
        of.idle_cpu() * 100, of.opened.kernel.source()));
  }
  return out;
}

}  // namespace

std::string to_html(const story& from) {
  page::content content{.kicker = "peregrine journey",
                        .title = fmt::format("{} WebSockets", print_count(from.swarm.opening.opened)),
                        .lead = sum_up(from),
                        .remark = swarm::sum_up(from.swarm.machine),
                        .is_well = from.succeeded(),
                        .tiles = {},
                        .body = {}};
  content.body.add(swarm::section_of_misfortunes(from.swarm));
  if (from.swarm.opening.opened > 0) {
    content.tiles = {
        swarm::tile_of_opened(from.swarm),
        tile_of_speed(from),
        {"One costs the server", print_bytes(from.server_user_bytes()), "of user memory, idle"},
        {"One costs the kernel", print_bytes(from.kernel_bytes()), "both ends together"},
        {"CPU of one handshake", fmt::format("{:.1f} µs", from.server_handshake_microseconds()), "of the server"}};
    if (!from.swarm.broadcasts.empty()) content.tiles.push_back(swarm::tile_of_broadcast(from.swarm));
    content.body.add(swarm::section_of_ramp(from.swarm))
        .add(swarm::section_of_memory(from.swarm, costs(from)))
        .add(swarm::section_of_handshakes(from.swarm))
        .add(swarm::section_of_messages(from.swarm));
  }
  content.body.add(swarm::section_of_limits(from.limits));
  if (from.swarm.opening.opened > 0) {
    content.body.add(swarm::section_of_2020(from.swarm, print_bytes(from.server_user_bytes())));
  }
  return page::document(content);
}

}  // namespace peregrine::journey
