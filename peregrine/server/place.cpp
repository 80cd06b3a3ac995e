#include "peregrine/server/place.hpp"

#include "peregrine/admin/guard.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/tls/localhost.hpp"

namespace peregrine::server {

namespace {

constexpr const char* usual_admin = "http://127.0.0.1:9180";

result<place> resolve(const http::url& where, const std::string& text, const options& chosen) {
  if (where.is_secure && chosen.certificate.empty() && !tls::is_localhost(where.host)) {
    return failure{
        "'" + text +
        "' needs a certificate that its clients trust (--certificate FILE, --key FILE); only localhost can do "
        "with one that this machine makes for itself"};
  }
  const auto at = address::resolve(where.host, where.port);
  if (!at) return at.error();
  return place{*at, where.is_secure};
}

}  // namespace

result<place> place_of(const std::string& bind, const options& chosen) {
  const auto where = http::url::parse(bind);
  if (!where) return where.error();
  if (where->target != "/")
    return failure{"'" + bind +
                   "' has a path, but every path is served; expected https://HOST:PORT or http://HOST:PORT"};
  return resolve(*where, bind, chosen);
}

result<std::optional<admin_place>> admin_place_of(const options& chosen) {
  if (chosen.admin == "off") return std::optional<admin_place>();
  const bool is_usual = chosen.admin == "auto";
  const std::string text = is_usual ? usual_admin : chosen.admin;
  const auto where = http::url::parse(text);
  if (!where || where->target != "/") {
    return failure{"--admin '" + text + "': expected a URL such as " + usual_admin + " or https://HOST:PORT, or off"};
  }
  const auto found = resolve(*where, text, chosen);
  if (!found) return found.error();
  if (chosen.admin_token_file.empty() && !admin::is_of_this_machine(found->at.to_string())) {
    return failure{"--admin '" + text +
                   "' is for others than this machine, and they must present a token: --admin-token-file FILE, made "
                   "with: head -c 24 /dev/urandom | base64 >FILE"};
  }
  return std::optional(admin_place{*found, is_usual});
}

void close_unbound() {
  for (const auto& each : listener::close_handed_over()) {
    log::warning("server", {{"address", each.to_string()}},
                 "Closed {}, which a service manager has opened for this server: no --bind or --admin names it",
                 each.to_string());
  }
}

}  // namespace peregrine::server
