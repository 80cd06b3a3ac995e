// What the sources of the engine share.
#pragma once

#include "peregrine/tls/engine.hpp"

#include <string>

namespace peregrine::tls {

// RFC 7301 §3.1: each name behind its length.
std::string wire_form(protocol_list protocols);
const unsigned char* as_unsigned(const std::string& text);

// Empties OpenSSL's queue of errors. What TLS itself says of it stands behind what it met below, if it met anything.
unsigned long take_error();
std::string in_openssl_words(unsigned long error);

// A client's session goes on from the last one with that host, if there is one, and is kept for the next.
void go_on_from_last(ssl_st* session, ssl_ctx_st* context, const std::string& host);

}  // namespace peregrine::tls
