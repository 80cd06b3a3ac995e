// A certificate for localhost that this machine signs for itself, so that nobody needs one to try things out: made once
// for each user, renewed when it has expired, and believed by this user's clients for localhost alone.
#pragma once

#include "peregrine/base/result.hpp"

#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>

namespace peregrine::tls {

struct localhost_files {
  std::filesystem::path folder;
  std::filesystem::path certificate() const { return folder / "localhost.pem"; }
  std::filesystem::path key() const { return folder / "localhost-key.pem"; }

  // In $XDG_STATE_HOME/peregrine, or ~/.local/state/peregrine; an error where the environment has neither.
  static result<localhost_files> of_this_user();

  // When it returns there is a certificate and its key, good for a day at least. The folder is for its user alone
  // (0700), and so is the key (0600); several processes may ask at the same time. True: they were made just now.
  result<bool> ensure(std::time_t now = std::time(nullptr)) const;
};

// "localhost", 127.0.0.0/8 and ::1: what never leaves this machine (RFC 6761 §6.3). The certificate names localhost,
// 127.0.0.1 and ::1.
bool is_localhost(std::string_view host);

}  // namespace peregrine::tls
