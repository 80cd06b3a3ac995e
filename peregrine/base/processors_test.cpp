#include "peregrine/base/processors.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace peregrine {
namespace {

// What a process comes to that did this; not less than 0.
template <class Work>
int outcome_of(const Work& work) {
  const auto child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

// The policy of a process that began with `from` and shares the processors with so many.
int policy_among(std::uint64_t processes, int from = SCHED_OTHER) {
  return outcome_of([=] {
    const sched_param no_priority{};
    sched_setscheduler(0, from, &no_priority);
    share_processors(processes);
    return sched_getscheduler(0);
  });
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

TEST(a_process, for_whom_others_wait_goes_first_where_it_may) {
  const bool may = outcome_of([] { return setpriority(PRIO_PROCESS, 0, -20); }) == 0;
  const int niceness = outcome_of([] {
    share_processors(processors() + 1);
    go_first();
    return sched_getscheduler(0) == SCHED_OTHER ? 20 + getpriority(PRIO_PROCESS, 0) : 100;
  });
  EXPECT_EQ(niceness, may ? 0 : 20);
}

TEST(a_process, keeps_the_niceness_that_somebody_chose) {
  EXPECT_EQ(outcome_of([] {
              setpriority(PRIO_PROCESS, 0, 5);
              go_first();
              return getpriority(PRIO_PROCESS, 0);
            }),
            5);
}

}  // namespace
}  // namespace peregrine
