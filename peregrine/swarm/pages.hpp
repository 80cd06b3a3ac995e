// The report as a page, and the sections that it is made of, which a journey's page has too. Pure: from what was found
// out to HTML.
#pragma once

#include "peregrine/page/page.hpp"
#include "peregrine/swarm/report.hpp"

#include <string>

namespace peregrine::swarm {

std::string to_html(const report& from);

// "Opened in 3.9s, held for 5s with none lost; each broadcast reached all within 130ms."
std::string sum_up(const report& from);
// "2026-11-23 05:40 UTC · A Processor · 2 processors · 23.4 GiB · Debian GNU/Linux 12 · Linux 6.1"
std::string sum_up(const portrait& of);

page::tile tile_of_opened(const report& from);
page::tile tile_of_rate(const report& from);
page::tile tile_of_broadcast(const report& from);

// Each is empty where there is nothing to tell.
page::markup section_of_misfortunes(const report& from);
page::markup section_of_ramp(const report& from);
// `costs` stands below the charts: what one connection took in the end.
page::markup section_of_memory(const report& from, const page::markup& costs);
page::markup section_of_handshakes(const report& from);
page::markup section_of_messages(const report& from);
page::markup section_of_limits(const doctor::plan& looked_at);
page::markup section_of_2020(const report& from, const std::string& cost_here);

// A cell of `costs`.
page::markup bytes_cell(std::uint64_t bytes);

}  // namespace peregrine::swarm
