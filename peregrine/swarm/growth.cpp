#include "peregrine/swarm/growth.hpp"

#include <algorithm>

namespace peregrine::swarm {
namespace {

std::uint64_t since(std::uint64_t before, std::uint64_t now) noexcept {
  return now > before ? now - before : 0;
}

}  // namespace

void growth::begin(std::uint64_t expected, std::uint64_t time) {
  step_ = std::max<std::uint64_t>(1, (expected + most - 1) / most);
  next_ = step_;
  began_ = looked_at_ = time;
  kernel_before_ = kernel_();
  if (server_) server_before_ = server_();
  memory_sample first;
  if (server_before_) first.server = 0;
  samples_.assign(1, first);
}

void growth::go_on(std::uint64_t connections, std::uint64_t client, std::uint64_t time) {
  if (connections < next_ || time < looked_at_ + interval) return;
  looked_at_ = time;
  next_ = connections + step_;
  look(connections, client, time);
}

void growth::end(std::uint64_t connections, std::uint64_t client, std::uint64_t time) {
  // It stands for the same connections as the last one, and knows better.
  if (samples_.size() > 1 && samples_.back().connections >= connections) samples_.pop_back();
  if (connections > 0) look(connections, client, time);
}

void growth::look(std::uint64_t connections, std::uint64_t client, std::uint64_t time) {
  const auto kernel = kernel_();
  memory_sample seen;
  seen.connections = connections;
  seen.time = since(began_, time);
  seen.client = client;
  seen.kernel_objects = since(kernel_before_.objects, kernel.objects);
  seen.kernel_buffers = since(kernel_before_.buffers, kernel.buffers);
  if (server_before_) {
    if (const auto now = server_()) seen.server = since(*server_before_, *now);
  }
  samples_.push_back(seen);
}

}  // namespace peregrine::swarm
