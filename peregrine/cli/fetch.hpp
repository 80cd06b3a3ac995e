// A page of a server's administration, asked for over HTTP/1.1 by a command that has nothing else to do meanwhile.
#pragma once

#include "peregrine/base/result.hpp"

#include <chrono>
#include <string>

namespace peregrine::cli {

struct page_request {
  std::string server = "http://127.0.0.1:9180";  // http://HOST:PORT
  std::string path{};                            // "/stats"
  std::string accept = "*/*";                    // a media type
  std::string token_file{};                      // of --admin-token-file; empty: none is presented
  std::chrono::milliseconds patience{10'000};    // for each step
};

// What the server answers with status 200. The error says what was wrong and what to do: nobody listens, a token is
// wanted, it is no server of ours.
result<std::string> fetch(const page_request& wanted);

}  // namespace peregrine::cli
