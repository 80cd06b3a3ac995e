// How many workers a server is to have.
#pragma once

#include "peregrine/base/machine.hpp"
#include "peregrine/base/result.hpp"

#include <cstdint>
#include <string>

namespace peregrine::server {

// `asked` is a number, which is taken as it is; or "auto": as many as `capacity` connections need under this machine's
// limit of open files, or one for each processor if no capacity is asked for. Empty: whichever of these is more.
result<std::uint64_t> worker_count(const std::string& asked, std::uint64_t capacity,
                                   const machine& here = machine::local());

}  // namespace peregrine::server
