// What an errno means for the person at the terminal: which limit was met, what it is, and the line that raises it.
#pragma once

#include "peregrine/base/machine.hpp"

#include <string>

namespace peregrine {

// What was attempted when the error came.
enum class attempt {
  accept,    // a connection from a listener
  connect,   // to a peer, or bind to a source address before that
  listen,    // socket, bind and listen of a server
  open,      // a file
  watch,     // a descriptor by the reactor
  transfer,  // bytes on a live connection
};

// A clause without a capital or full stop, to stand after what could not be done: "Cannot accept: " + explain(…).
// Reads the limits of the machine: for the unlucky path only, and said once, not once per attempt.
std::string explain(int code, attempt what, const machine& here = machine::local());

}  // namespace peregrine
