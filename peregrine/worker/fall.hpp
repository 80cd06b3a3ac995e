// Why a process ended, as far as can be told.
#pragma once

#include <cstdint>
#include <string>

namespace peregrine::worker {

// `status` is what waitpid gives of a process that has ended: "was ended by signal 11 (Segmentation fault)".
// `was_out_of_memory`: the kernel has killed something for want of memory meanwhile.
std::string describe_fall(int status, bool was_out_of_memory);

// How often the kernel has killed for want of memory, in this control group where that is told, else on this machine.
std::uint64_t out_of_memory_kills();

}  // namespace peregrine::worker
