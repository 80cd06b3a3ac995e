#include "peregrine/chat/backoff.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace peregrine::chat {

backoff::backoff(std::function<double()> random) : random_(std::move(random)) {}

backoff::duration backoff::next() {
  const auto half = reached_ / 2;
  const auto spread = static_cast<double>((reached_ - half).count()) * random_();
  reached_ = std::min(reached_ * 2, cap);
  return half + duration(static_cast<duration::rep>(spread));
}

std::function<double()> make_random() {
  return [source = std::minstd_rand(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(source);
  };
}

}  // namespace peregrine::chat
