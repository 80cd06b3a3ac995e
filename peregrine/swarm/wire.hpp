// How a swarm's processes talk to the one that started them: JSON objects, each a packet of its own on a socket pair.
#pragma once

#include "peregrine/swarm/tally.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace peregrine::swarm {

using nlohmann::json;

class channel {
 public:
  // Two ends, each for one process. Throws std::system_error where the system gives no sockets.
  static std::pair<channel, channel> make_pair();

  channel(channel&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  channel& operator=(channel&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~channel();

  int descriptor() const noexcept { return socket_; }

  // False when the other end is gone.
  bool send(const json& said) const;

  enum class state { said, nothing_yet, ended };
  struct received {
    state what;
    json said;
  };
  received receive();  // never waits

 private:
  explicit channel(int socket) noexcept : socket_(socket) {}
  int socket_;
};

// A packet names itself: {"kind": …} beside its content.
inline json packet(std::string_view kind, json content = json::object()) {
  content["kind"] = kind;
  return content;
}

void to_json(json& out, const opening_tally& from);
void from_json(const json& in, opening_tally& to);
void to_json(json& out, const hearing_tally& from);
void from_json(const json& in, hearing_tally& to);
void to_json(json& out, const echo_tally& from);
void from_json(const json& in, echo_tally& to);
void to_json(json& out, const closing_tally& from);
void from_json(const json& in, closing_tally& to);

}  // namespace peregrine::swarm
