#include "peregrine/tls/context.hpp"

#include "peregrine/tls/localhost.hpp"

#include <utility>

namespace peregrine::tls {

result<server_context> server_context::load(const certificate_files& files, protocol_list protocols) {
  server_context made(files, protocols);
  if (auto loaded = made.reload(); !loaded) return loaded.error();
  return made;
}

result<> server_context::reload() {
  auto from = files_;
  if (from.certificate.empty()) {
    const auto own = localhost_files::of_this_user();
    if (!own) return own.error();
    if (const auto ensured = own->ensure(); !ensured) return ensured.error();
    from = {own->certificate().string(), own->key().string()};
  }
  const auto shown = certificate::load(from.certificate, from.key.empty() ? from.certificate : from.key);
  if (!shown) return shown.error();
  auto made = engine_context::for_server(*shown, protocols_);
  if (!made) return failure{"'" + from.certificate + "': " + made.error().message};
  current_ = std::move(*made);
  if (keys_) current_->seal_tickets_with(*keys_);
  description_ = "for " + shown->names() + ", until " + shown->until() + ", from " + from.certificate;
  return {};
}

void server_context::seal_tickets_with(const ticket_keys& keys) noexcept {
  keys_ = &keys;
  current_->seal_tickets_with(keys);
}

result<client_context> client_context::make(const client_options& chosen) {
  client_context made(chosen);
  if (chosen.insecure) return made;
  const auto choose = [&chosen] {
    return chosen.authorities.empty() ? trust::in_system() : trust::in_file(chosen.authorities);
  };
  auto believed = choose();
  if (!believed) return believed.error();
  made.believed_ = std::move(*believed);
  // A store of its own, for nowhere else is that certificate worth anything.
  if (const auto own = localhost_files::of_this_user()) {
    const auto found = load_certificates(own->certificate().string());
    if (!found) return made;
    if (auto again = choose()) made.believed_for_localhost_ = std::move(*again);
    if (made.believed_for_localhost_) made.believed_for_localhost_->add(*found->front());
  }
  return made;
}

engine client_context::open(const std::string& host, protocol_list offered) const {
  const auto& believed = believed_for_localhost_ && is_localhost(host) ? believed_for_localhost_ : believed_;
  return engine(shared_, host, believed ? &*believed : nullptr, offered);
}

}  // namespace peregrine::tls
