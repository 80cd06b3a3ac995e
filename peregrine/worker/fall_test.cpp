#include "peregrine/worker/fall.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace peregrine::worker {
namespace {

int status_of(void (*end)()) {
  const auto process = fork();
  if (process == 0) {
    end();
    std::_Exit(0);
  }
  int status = 0;
  waitpid(process, &status, 0);
  return status;
}

TEST(a_fall, is_told_in_words) {
  EXPECT_EQ(describe_fall(status_of([] { std::_Exit(3); }), false), "ended with exit code 3");
  const int killed = status_of([] { raise(SIGKILL); });
  EXPECT_EQ(describe_fall(killed, false), "was ended by signal 9 (Killed)");
  EXPECT_EQ(describe_fall(killed, true),
            "was ended by signal 9 (Killed), most likely by the kernel, which has run out of memory");
  // The kernel kills in no other way.
  EXPECT_EQ(describe_fall(status_of([] { raise(SIGTERM); }), true), "was ended by signal 15 (Terminated)");
}

}  // namespace
}  // namespace peregrine::worker
