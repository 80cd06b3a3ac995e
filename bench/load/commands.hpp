// What `load` measures, each as a command that prints one JSON object.
#pragma once

#include "options.hpp"

namespace bench {

// The server's CPU per handshake at full load: a batch of requests queues while the server is held, and then it runs.
void measure_handshakes(options&);

// The server's CPU per delivered message: one member says `burst` messages at once while the server is held.
void measure_deliveries(options&);

// What an idle member costs the server: bytes, and CPU over time.
void measure_idle(options&);

}  // namespace bench
