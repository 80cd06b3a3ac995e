// What OpenSSL takes, as a line of the ledger.
#pragma once

namespace peregrine::tls {

// From here on what OpenSSL takes is counted. To be called before its first use in the process, SHA-1 of a handshake
// included; false if it is too late, and then nothing is counted.
bool count_memory() noexcept;

}  // namespace peregrine::tls
