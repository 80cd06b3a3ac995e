// A CPU profile of this process, through gperftools' libprofiler, which is loaded when it is asked for.
#pragma once

#include <string>

namespace peregrine::server {

// Each says, for a reader, what happened: where the profile is written and how to read it, or why there is none. The
// file is in a folder that belongs to this user alone; nobody chooses its name.
std::string start_profile();
std::string stop_profile();

}  // namespace peregrine::server
