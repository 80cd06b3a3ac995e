#include "peregrine/worker/service_manager.hpp"

#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace peregrine::worker {
namespace {

using namespace std::chrono_literals;

// The manager's end.
class manager {
 public:
  manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const auto name = "@peregrine-test-" + std::to_string(getpid());
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path + 1, name.data() + 1, name.size() - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&at), size), 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~manager() { close(socket_); }
  std::string heard() const {
    std::array<char, 200> said{};
    const auto size = recv(socket_, said.data(), said.size(), 0);
    return size < 0 ? "" : std::string(said.data(), static_cast<std::size_t>(size));
  }

 private:
  int socket_;
};

TEST(a_service_manager, hears_of_readiness_and_of_life_and_its_variables_are_gone) {
  const manager above;
  setenv("WATCHDOG_USEC", "2000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  manual_reactor loop;
  auto below = service_manager::from_environment();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  EXPECT_EQ(std::getenv("WATCHDOG_USEC"), nullptr);
  below.tell("READY=1");
  EXPECT_EQ(above.heard(), "READY=1");
  below.live();
  EXPECT_EQ(above.heard(), "WATCHDOG=1");
  EXPECT_EQ(above.heard(), "");
  loop.advance(3s);
  EXPECT_EQ(above.heard(), "WATCHDOG=1");
}

TEST(a_service_manager, that_means_another_process_is_not_ours) {
  setenv("WATCHDOG_USEC", "2000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_PID", "1", 1);
  auto below = service_manager::from_environment();
  EXPECT_TRUE(below.take_sockets().empty());
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  below.tell("READY=1");  // to nobody
}

}  // namespace
}  // namespace peregrine::worker
