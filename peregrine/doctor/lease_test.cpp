#include "peregrine/doctor/lease.hpp"

#include "peregrine/doctor/made_up_test.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace peregrine::doctor {
namespace {

class doctor_lease : public made_up {
 protected:
  doctor_lease() { write("/proc/sys/net/core/somaxconn", "128"); }

  plan too_much() const { return make_plan({.connections = 10'000, .client = false}, here_); }
  std::string now() const { return here_.value_of("net.core.somaxconn"); }
};

TEST_F(doctor_lease, what_is_too_low_is_raised_and_put_back) {
  {
    const auto taken = lease::take(too_much(), here_);
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->changes().size(), 1U);
    EXPECT_EQ(taken->changes()[0].describe(), "net.core.somaxconn: 128 → 4096");
    EXPECT_EQ(now(), "4096");
  }
  EXPECT_EQ(now(), "128");
}

TEST_F(doctor_lease, nothing_is_touched_where_all_is_enough) {
  write("/proc/sys/net/core/somaxconn", "5000");
  const auto taken = lease::take(too_much(), here_);
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->changes().empty());
  EXPECT_EQ(now(), "5000");
}

TEST_F(doctor_lease, what_another_has_set_meanwhile_stays) {
  auto taken = lease::take(too_much(), here_);
  ASSERT_TRUE(taken);
  write("/proc/sys/net/core/somaxconn", "6000");
  taken->give_back();
  EXPECT_EQ(now(), "6000");
}

TEST_F(doctor_lease, a_process_that_is_killed_leaves_nothing_behind) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that the keeper is ours to wait for
  const auto limits = too_much();
  const auto victim = fork();
  ASSERT_GE(victim, 0);
  if (victim == 0) {
    const auto taken = lease::take(limits, here_);
    if (!taken || now() != "4096") std::_Exit(EXIT_FAILURE);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(victim, &status, 0), victim);
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_GT(waitpid(-1, &status, 0), 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(now(), "128");
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace
}  // namespace peregrine::doctor
