// A page of a server's administration, asked for over HTTP/1.1 by a command that has nothing else to do meanwhile: it
// makes a reactor for it, so there must be none on this thread.
#pragma once

#include "peregrine/base/result.hpp"

#include <chrono>
#include <string>

namespace peregrine::cli {

struct page_request {
  std::string server = "http://127.0.0.1:9180";  // http://HOST:PORT or https://
  std::string path{};                            // "/stats"
  std::string accept = "*/*";                    // a media type
  std::string token_file{};                      // of --admin-token-file; empty: none is presented
  std::string authorities{};                     // over https: as with tls::client_options
  bool insecure = false;
  std::chrono::milliseconds patience{10'000};  // for whatever comes next
};

// What the server answers with status 200, whole. The error says what was wrong and what to do: nobody listens, a token
// is wanted, it is no server of ours.
result<std::string> fetch(const page_request& wanted);

}  // namespace peregrine::cli
