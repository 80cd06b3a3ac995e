#include "peregrine/base/processors.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace peregrine {
namespace {

// What `ask` says in a process that began with `from` and shares the processors with so many.
int among(std::uint64_t processes, int from, int (*ask)()) {
  const auto child = fork();
  if (child == 0) {
    const sched_param no_priority{};
    sched_setscheduler(0, from, &no_priority);
    share_processors(processes);
    _exit(ask());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

int policy_among(std::uint64_t processes, int from = SCHED_OTHER) {
  return among(processes, from, [] { return sched_getscheduler(0); });
}

bool is_sharing_among(std::uint64_t processes) {
  return among(processes, SCHED_OTHER, [] { return shares_processors() ? 1 : 0; }) == 1;
}

TEST(processes, with_a_processor_each_are_scheduled_as_any) {
  EXPECT_EQ(policy_among(processors()), SCHED_OTHER);
}

TEST(processes, that_are_more_than_the_processors_take_none_from_each_other) {
  EXPECT_EQ(policy_among(processors() + 1), SCHED_BATCH);
}

TEST(processes, keep_the_policy_that_somebody_chose) {
  EXPECT_EQ(policy_among(processors() + 1, SCHED_IDLE), SCHED_IDLE);
}

TEST(processes, know_whether_they_share) {
  EXPECT_TRUE(is_sharing_among(processors() + 1));
  EXPECT_FALSE(is_sharing_among(processors()));
}

}  // namespace
}  // namespace peregrine
