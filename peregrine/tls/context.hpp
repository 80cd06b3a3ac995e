// What the sessions of a server share, and what those of a client share.
#pragma once

#include "peregrine/tls/engine.hpp"

#include <optional>
#include <string>

namespace peregrine::tls {

// PEM files. Neither named: localhost's own certificate, which is made where there is none. The key may stand in the
// certificate's file.
struct certificate_files {
  std::string certificate;
  std::string key;
};

class server_context {
 public:
  // The error says what is wrong with the files. Where the client offers protocols (ALPN), one must be of `protocols`,
  // which are views that outlive this.
  static result<server_context> load(const certificate_files& files, protocol_list protocols);

  // Reads the files again: who comes from now on is shown what is in them now, and who is here goes on. After an error
  // all is as before.
  result<> reload();

  // The keys of tickets, from here on and over each reading of the files: others who have them open what is sealed
  // here. They outlive the last handshake.
  void seal_tickets_with(const ticket_keys& keys) noexcept;

  engine open() const { return engine(*current_); }

  // "for localhost, 127.0.0.1, until 2027-02-21 10:00 UTC, from /home/ada/.local/state/peregrine/localhost.pem"
  const std::string& description() const noexcept { return description_; }

 private:
  server_context(const certificate_files& files, protocol_list protocols) : files_(files), protocols_(protocols) {}

  certificate_files files_;
  protocol_list protocols_;
  const ticket_keys* keys_ = nullptr;  // null: OpenSSL makes some for each context
  std::optional<engine_context> current_;
  std::string description_;
};

struct client_options {
  std::string authorities = {};  // a PEM file: whose certificates are believed, instead of those that the system trusts
  bool insecure = false;         // any certificate will do: who listens in between may read all of it
  protocol_list protocols = {};  // offered by ALPN
};

class client_context {
 public:
  static result<client_context> make(const client_options& chosen);

  // To a DNS name or a numeric address, which the server's certificate has to be for. `offered` by ALPN, instead of the
  // context's own protocols, where it is not empty.
  engine open(const std::string& host, protocol_list offered = {}) const;

 private:
  explicit client_context(const client_options& chosen) : shared_(engine_context::for_client(chosen.protocols)) {}

  engine_context shared_;
  std::optional<trust> believed_;                // nobody: --insecure
  std::optional<trust> believed_for_localhost_;  // those, and this user's own server
};

}  // namespace peregrine::tls
