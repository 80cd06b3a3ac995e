#include "peregrine/runtime/task.hpp"

#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/runtime/scope.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

struct ending final : completion {
  void on_finished(std::exception_ptr f) noexcept override {
    ++count;
    failure = f;
  }
  int count = 0;
  std::exception_ptr failure;
};

task<int> three() {
  co_return 3;
}
task<std::string> spelled() {
  co_return std::to_string(co_await three());
}

TEST(task, runs_when_it_is_awaited_and_not_before) {
  ending end;
  std::string heard;
  auto work = [](std::string& to) -> task<> { to = co_await spelled(); }(heard);
  EXPECT_EQ(heard, "");
  std::move(work).start(end);
  EXPECT_EQ(heard, "3");
  EXPECT_EQ(end.count, 1);
}

task<int> fails() {
  throw std::runtime_error("no");
  co_return 0;
}

TEST(task, hands_an_exception_to_the_one_who_awaits) {
  ending end;
  std::string heard;
  auto work = [](std::string& to) -> task<> {
    try {
      co_await fails();
    } catch (const std::runtime_error& thrown) {
      to = thrown.what();
    }
    to += co_await spelled();  // and nothing of it is left for the next
  }(heard);
  std::move(work).start(end);
  EXPECT_EQ(heard, "no3");
  EXPECT_FALSE(end.failure);
}

TEST(task, tells_its_starter_what_it_threw) {
  ending end;
  [](int) -> task<> { co_await fails(); }(0).start(end);
  EXPECT_EQ(end.count, 1);
  EXPECT_THROW(std::rethrow_exception(end.failure), std::runtime_error);
}

TEST(task, a_deep_chain_needs_no_stack) {
  struct chain {
    static task<int> of(int depth) {
      if (depth == 0) co_return 0;
      co_return 1 + co_await of(depth - 1);
    }
  };
#if defined(__SANITIZE_ADDRESS__)
  constexpr int links = 500;  // instrumented code makes no tail calls
#else
  constexpr int links = 200'000;
#endif
  ending end;
  int depth = 0;
  [](int& to, int from) -> task<> { to = co_await chain::of(from); }(depth, links).start(end);
  EXPECT_EQ(depth, links);
}

TEST(scope, joins_and_cancels) {
  manual_reactor loop;
  auto held = std::make_shared<int>(0);
  const auto wait = [](reactor& on, std::shared_ptr<int> hold, reactor::duration length) -> task<> {
    co_await on.sleep(length);
    ++*hold;
  };
  scope work;
  work.spawn(wait(loop, held, 10ms));
  work.spawn(wait(loop, held, 30ms));
  work.spawn(wait(loop, held, 1h));
  loop.advance(100ms);
  EXPECT_EQ(*held, 2);
  EXPECT_EQ(held.use_count(), 2);
  work.cancel();
  EXPECT_EQ(held.use_count(), 1);
  loop.advance(2h);
  EXPECT_EQ(*held, 2);
}

TEST(scope, join_waits_for_all_and_rethrows) {
  manual_reactor loop;
  ending end;
  bool joined = false;
  auto owner = [](reactor& on, bool& done) -> task<> {
    scope work;
    work.spawn([](reactor& r) -> task<> { co_await r.sleep(10ms); }(on));
    work.spawn([](reactor& r) -> task<> {
      co_await r.sleep(5ms);
      throw std::runtime_error("one of us");
    }(on));
    try {
      co_await work.join();
    } catch (const std::runtime_error&) {
      done = true;
    }
  };
  owner(loop, joined).start(end);
  loop.advance(8ms);
  EXPECT_EQ(end.count, 0);
  loop.advance(8ms);
  EXPECT_EQ(end.count, 1);
  EXPECT_TRUE(joined);
}

}  // namespace
}  // namespace peregrine
