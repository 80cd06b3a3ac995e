// What the doctor found, for a reader and as JSON.
#pragma once

#include "peregrine/doctor/limits.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace peregrine::doctor {

// What you have, what N needs, how many connections that allows, and the command that lifts it; then the verdict.
std::string describe(const demand& wanted, const plan& found);

// `ceiling`: {`connections`, `limit`}, both null where nothing stops; `limits` has every row.
nlohmann::ordered_json to_json(const demand& wanted, const plan& found);

}  // namespace peregrine::doctor
