#include "peregrine/swarm/wire.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace peregrine::swarm {
namespace {

// A histogram of every bucket filled is 60 KiB of text; a swarm's failures are few.
constexpr std::size_t largest_packet = std::size_t{160} * 1024;

json of_histogram(const histogram& from) {
  return {{"max", from.max()}, {"counts", from.counts()}};
}

void into_histogram(const json& in, histogram& to) {
  const auto counts = in.at("counts").get<std::vector<histogram::bucket_count>>();
  to.merge(std::span(counts), in.at("max").get<std::uint64_t>());
}

}  // namespace

std::pair<channel, channel> channel::make_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  return {channel(ends[0]), channel(ends[1])};
}

channel::~channel() {
  if (socket_ >= 0) close(socket_);
}

bool channel::send(const json& said) const {
  const auto text = said.dump();
  ssize_t sent;
  do {
    sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(text.size());
}

channel::received channel::receive() {
  std::string text(largest_packet, '\0');
  const auto size = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {state::nothing_yet, {}};
  if (size <= 0) return {state::ended, {}};
  text.resize(static_cast<std::size_t>(size));
  return {state::said, json::parse(text)};
}

void to_json(json& out, const opening_tally& from) {
  json failed = json::object();
  for (const auto& [reason, counted] : from.failed) failed[reason] = {counted.count, counted.explanation};
  out = {{"opened", from.opened},
         {"failed", failed},
         {"handshake", of_histogram(from.handshake)},
         {"carriers", from.carriers},
         {"began", from.began},
         {"ended", from.ended},
         {"cpu", from.cpu},
         {"user_bytes", from.user_bytes},
         {"is_saturated", from.is_saturated}};
}

void from_json(const json& in, opening_tally& to) {
  in.at("opened").get_to(to.opened);
  for (const auto& [reason, counted] : in.at("failed").items()) {
    to.failed[reason] = {counted.at(0).get<std::uint64_t>(), counted.at(1).get<std::string>()};
  }
  into_histogram(in.at("handshake"), to.handshake);
  in.at("carriers").get_to(to.carriers);
  in.at("began").get_to(to.began);
  in.at("ended").get_to(to.ended);
  in.at("cpu").get_to(to.cpu);
  in.at("user_bytes").get_to(to.user_bytes);
  in.at("is_saturated").get_to(to.is_saturated);
}

void to_json(json& out, const hearing_tally& from) {
  out = {{"delivered", from.delivered},
         {"duplicates", from.duplicates},
         {"last", from.last},
         {"latency", of_histogram(from.latency)}};
}

void from_json(const json& in, hearing_tally& to) {
  in.at("delivered").get_to(to.delivered);
  in.at("duplicates").get_to(to.duplicates);
  in.at("last").get_to(to.last);
  into_histogram(in.at("latency"), to.latency);
}

void to_json(json& out, const echo_tally& from) {
  out = {{"sent", from.sent},
         {"received", from.received},
         {"began", from.began},
         {"ended", from.ended},
         {"latency", of_histogram(from.latency)}};
}

void from_json(const json& in, echo_tally& to) {
  in.at("sent").get_to(to.sent);
  in.at("received").get_to(to.received);
  in.at("began").get_to(to.began);
  in.at("ended").get_to(to.ended);
  into_histogram(in.at("latency"), to.latency);
}

void to_json(json& out, const closing_tally& from) {
  out = {{"lost", from.lost}, {"cpu", from.cpu}};
}

void from_json(const json& in, closing_tally& to) {
  in.at("lost").get_to(to.lost);
  in.at("cpu").get_to(to.cpu);
}

}  // namespace peregrine::swarm
