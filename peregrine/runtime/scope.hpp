// Structured concurrency: tasks that run beside each other and do not outlive their owner.
#pragma once

#include "peregrine/base/list.hpp"
#include "peregrine/runtime/task.hpp"

#include <coroutine>
#include <cstddef>
#include <exception>

namespace peregrine {

class scope {
 public:
  scope() = default;
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
  ~scope() { cancel(); }

  // Runs `work` until it first suspends; it goes on beside its owner. The first exception of any of them is kept for
  // `join`.
  void spawn(task<> work);

  // co_await work.join(): waits until none is left, then rethrows what the first that failed threw. One waiter at a
  // time.
  auto join() noexcept {
    struct awaiter {
      scope& owner;
      bool await_ready() const noexcept { return owner.running_.empty(); }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept { owner.waiter_ = waiter; }
      void await_resume() const {
        if (owner.failure_) std::rethrow_exception(std::exchange(owner.failure_, nullptr));
      }
    };
    return awaiter{*this};
  }

  // Destroys the frame of every task, wherever it waits; the destructors of what it holds run. Not from within one of
  // the tasks themselves.
  void cancel() noexcept;

  bool empty() const noexcept { return running_.empty(); }

 private:
  struct child final : list_link, completion {
    explicit child(scope& o) : owner(o) {}
    void on_finished(std::exception_ptr failure) noexcept override;
    scope& owner;
    std::coroutine_handle<> frame;
  };

  list<child> running_;
  std::coroutine_handle<> waiter_;
  std::exception_ptr failure_;
};

}  // namespace peregrine
