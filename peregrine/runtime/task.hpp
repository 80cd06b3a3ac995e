// task: a piece of straight code that waits without a stack of its own.
//
// A task is lazy (nothing runs before it is awaited or started), move-only, and awaited at most once. Its frame comes
// from a slab, and ending it resumes whoever awaits it by symmetric transfer: no queue, no recursion, no allocation
// but the frame.
#pragma once

#include "peregrine/base/frame_memory.hpp"

#include <cassert>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <utility>

namespace peregrine {

// Whoever starts a task without being a coroutine itself is told of its end here.
class completion {
 public:
  // `failure` is what the task threw, or null. The task's frame is gone already.
  virtual void on_finished(std::exception_ptr failure) noexcept = 0;

 protected:
  ~completion() = default;
};

template <class T = void>
class task;

namespace detail {

// What a task threw, on its way to the one who awaits it. Between the throw and the hand-over nothing else runs, so one
// place for the whole thread is enough, and a frame carries no room for an exception that almost never comes.
inline thread_local std::exception_ptr thrown;

class promise_base {
 public:
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { deallocate_frame(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { thrown = std::current_exception(); }

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      return static_cast<promise_base&>(ended.promise()).finish(ended);
    }
    void await_resume() const noexcept {}
  };
  final_awaiter final_suspend() const noexcept { return {}; }

  void resume_at_end(std::coroutine_handle<> waiter) noexcept {
    at_end_ = reinterpret_cast<std::uintptr_t>(waiter.address());
  }
  void tell_at_end(completion& starter) noexcept {
    at_end_ = reinterpret_cast<std::uintptr_t>(&starter) | is_completion;
  }

 private:
  static constexpr std::uintptr_t is_completion = 1;

  std::coroutine_handle<> finish(std::coroutine_handle<> ended) const noexcept {
    if (!(at_end_ & is_completion)) return std::coroutine_handle<>::from_address(reinterpret_cast<void*>(at_end_));
    auto* starter = reinterpret_cast<completion*>(at_end_ & ~is_completion);
    ended.destroy();
    starter->on_finished(std::exchange(thrown, nullptr));
    return std::noop_coroutine();
  }

  std::uintptr_t at_end_ = 0;  // the coroutine that awaits, or the completion to tell (tagged): one of them, always
};

template <class T>
class promise : public promise_base {
 public:
  // What a compiler gives for `where` is the coroutine itself.
  task<T> get_return_object(std::source_location where = std::source_location::current()) noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class promise<void> : public promise_base {
 public:
  task<void> get_return_object(std::source_location where = std::source_location::current()) noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::promise<T>;
  using handle = std::coroutine_handle<promise_type>;

  explicit task(handle frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  // A task that never ended is cancelled: the objects in its frame are destroyed, and what they wait for is let go.
  ~task() {
    if (frame_) frame_.destroy();
  }

  struct awaiter {
    handle frame;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) const noexcept {
      frame.promise().resume_at_end(waiter);
      return frame;
    }
    T await_resume() const {
      if (detail::thrown) std::rethrow_exception(std::exchange(detail::thrown, nullptr));
      return frame.promise().take();
    }
  };

  awaiter operator co_await() && noexcept {
    assert(frame_ && "a task is awaited once");
    return awaiter{frame_};
  }

  // Runs the task until it first suspends; `starter` is told of its end, which may come before this returns. The frame
  // belongs to itself from here on.
  void start(completion& starter) && noexcept { std::move(*this).release(starter).resume(); }

  // The same, for who wants to be able to cancel it: returns the frame, which is resumed once to begin, and may be
  // destroyed whenever it is suspended and has not ended.
  std::coroutine_handle<> release(completion& starter) && noexcept {
    assert(frame_ && "a task is started once");
    const auto frame = std::exchange(frame_, nullptr);
    frame.promise().tell_at_end(starter);
    return frame;
  }

 private:
  handle frame_;
};

template <class T>
task<T> detail::promise<T>::get_return_object(std::source_location where) noexcept {
  frame_maker(where.function_name());
  return task<T>(std::coroutine_handle<promise>::from_promise(*this));
}

inline task<void> detail::promise<void>::get_return_object(std::source_location where) noexcept {
  frame_maker(where.function_name());
  return task<void>(std::coroutine_handle<promise>::from_promise(*this));
}

}  // namespace peregrine
