// Opens a swarm's connections: so many handshakes in flight, at a rate or as fast as it goes, and every failure counted
// by its reason.
#pragma once

#include "peregrine/connection/dialer.hpp"
#include "peregrine/swarm/options.hpp"
#include "peregrine/swarm/share.hpp"
#include "peregrine/swarm/tally.hpp"
#include "peregrine/tls/context.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::swarm {

// The word that a failure is counted under: "limit", "refused", "reset", "unreachable", "timeout", "tls",
// "status 503", "handshake".
std::string name_of(const dial_failure& why);

class opener final : private event_target {
 public:
  using on_opened = std::function<void(connection_ptr)>;
  using on_done = std::function<void()>;  // nothing is in flight and nothing more will be

  // `chosen` and `home` outlive this. `to` is where the URL leads, resolved once.
  opener(const options& chosen, const share& ours, const address& to, endpoint& home, on_opened opened, on_done done);

  void start();

  // Begins no more handshakes; those in flight go on.
  void stop() noexcept { has_given_up_ = true; }

  bool is_done() const noexcept { return is_done_; }
  const opening_tally& tally() const noexcept { return tally_; }
  http_version version() const noexcept { return dialer_.version(); }

 private:
  void on_turn() override { go_on(); }
  void on_timeout() override { go_on(); }
  void on_finished(std::exception_ptr failure) noexcept override;

  task<> open_one();
  void go_on();
  std::uint64_t allowed() const noexcept;
  void count(const dial_failure& why);

  dialer_options place(const options& chosen, const address& to);

  share ours_;
  on_opened opened_;
  on_done done_;

  // What every dial asks for, made once. The views of the invitation are into these strings.
  std::string target_;
  std::string host_;
  std::vector<field> fields_;
  std::optional<tls::client_context> secured_;
  dialer dialer_;

  opening_tally tally_;
  std::uint64_t tried_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t failed_in_a_row_ = 0;
  bool has_given_up_ = false;
  bool is_done_ = false;
};

}  // namespace peregrine::swarm
