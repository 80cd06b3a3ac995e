#include "peregrine/runtime/scope.hpp"

#include <utility>

namespace peregrine {

void scope::spawn(task<> work) {
  auto* started = new child(*this);
  running_.push_back(*started);
  started->frame = std::move(work).release(*started);
  started->frame.resume();
}

void scope::child::on_finished(std::exception_ptr failure) noexcept {
  scope& home = owner;
  if (failure && !home.failure_) home.failure_ = failure;
  delete this;
  if (home.running_.empty() && home.waiter_) std::exchange(home.waiter_, nullptr).resume();
}

void scope::cancel() noexcept {
  while (auto* each = running_.pop_front()) {
    each->frame.destroy();
    delete each;
  }
}

}  // namespace peregrine
