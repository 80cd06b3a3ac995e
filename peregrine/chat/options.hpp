// What a person may choose about the terminal client.
#pragma once

#include "peregrine/connection/dialer.hpp"

#include <string>

namespace peregrine::chat {

struct options {
  std::string url;
  std::string user;
  std::string origin;       // the page that it says to come from; empty: none
  std::string token_file;   // presented as Authorization: Bearer; empty: none
  std::string authorities;  // for wss: a PEM file of those who are trusted to sign; empty: as this machine trusts
  bool insecure = false;    // for wss: any certificate will do
  http_version version = http_version::automatic;
  bool json = false;     // print messages as they came, and not as "name: text"
  bool deflate = false;  // offer permessage-deflate (RFC 7692)
};

}  // namespace peregrine::chat
