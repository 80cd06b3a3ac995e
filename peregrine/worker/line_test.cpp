#include "peregrine/worker/line.hpp"

#include "peregrine/net/memory_stream.hpp"
#include "peregrine/net/recorder_test.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peregrine::worker {
namespace {

using namespace std::chrono_literals;

class deaf final : public line::owner {
 public:
  void on_packet(line&, const packet&) override {}
  void on_written(line&) override {}
  void on_ended(line&, std::string_view) override {}
};

TEST(a_line, keeps_its_queue_while_bursts_come_and_gives_it_back_when_they_do_not) {
  manual_reactor loop;
  deaf home;
  line way(home);
  auto [near, far] = memory_stream::make_pair();
  recorder other(far);
  way.open(stream_ptr(near));
  const auto burst = [&] {
    way.out().resize(way.out().size() + std::size_t{1} * 1024 * 1024);
    way.write();
    loop.settle();
  };
  burst();
  EXPECT_EQ(way.queued(), 0U);
  const auto* const memory = way.out().data();
  for (int i = 0; i < 5; ++i) {
    loop.advance(8s);
    burst();
    EXPECT_EQ(way.out().data(), memory) << "the same, each time";
  }
  loop.advance(30s);
  EXPECT_EQ(way.out().capacity(), 0U);
  way.close();
  other.close();
  loop.settle();
}

}  // namespace
}  // namespace peregrine::worker
