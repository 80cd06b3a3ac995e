// All that the administration can tell, in one place: what /stats, /metrics and the feed are written from.
#pragma once

#include "peregrine/admin/summary.hpp"
#include "peregrine/doctor/headroom.hpp"
#include "peregrine/worker/allocations.hpp"
#include "peregrine/worker/board.hpp"

#include <string>
#include <vector>

namespace peregrine::admin {

struct account {
  std::string version;
  summary all;
  std::vector<doctor::use> limits;
  worker::allocation_report costs;
};

account take_account(const worker::board& of);

std::string to_json(const account& told);            // docs/operating.md has its schema
std::string rooms_to_json(const worker::board& of);  // the largest

}  // namespace peregrine::admin
