// Who came and went, for a log.
#pragma once

#include "peregrine/connection/endpoint.hpp"

namespace peregrine {

// A line for what changed from `before` to `now`, in one process or summed over several; none where nothing did.
void tell_census(const connection_counts& before, const connection_counts& now);

}  // namespace peregrine
