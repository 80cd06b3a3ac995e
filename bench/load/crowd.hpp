#pragma once

#include "client.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

// Many clients of one server, in one epoll. Everything that waits has a deadline of 60 s and throws at it, and whenever
// the server does what it should not: another status than 101, a close, a message that isn't the one expected.
class crowd {
 public:
  crowd(std::uint16_t port, std::string path, head style);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  // Connects and writes the request of each, from the source address of that number; awaits nothing.
  void knock(std::size_t count, unsigned source);
  // Until the server has answered every knock with 101.
  void await_replies();
  // Both, in batches that no backlog refuses.
  void join(std::size_t count);

  // The first member writes these frames, in one write. Everybody is then to hear `expected`, exactly.
  void say(std::string_view frames, std::string expected);
  // Until all have heard all of what was last expected.
  void await_deliveries();
  // Reads what is there or comes within that time, and answers pings; a text that isn't expected throws.
  void read_for(int milliseconds);
  // To be called while the server is held: throws when somebody was answered, because then another process is the
  // server.
  void expect_silence();

  // Closes all.
  void leave();

  std::size_t request_size() const noexcept { return request_size_; }

 private:
  struct member {
    int socket;
    bool joined = false;
    std::size_t heard = 0;  // bytes of expected_ so far
  };

  template <class Done>
  void poll_until(Done done, const char* what);
  void poll_once(int timeout_ms);
  void receive(std::size_t index);
  std::string_view take_reply(member&, std::string_view input);
  std::string_view take_frames(member&, std::string_view input);

  std::uint16_t port_;
  std::string path_;
  head style_;
  int epoll_;
  std::vector<member> members_;
  std::unordered_map<std::size_t, std::string> leftover_;  // by index: what came without its end; hardly ever anything
  std::string expected_;
  std::vector<char> input_;
  std::uint64_t serial_ = 0;
  std::size_t request_size_ = 0;
  bool heard_anything_ = false;  // since the last knock or say
  std::size_t joined_ = 0;
  std::size_t satisfied_ = 0;  // members that have heard all of expected_
};

}  // namespace bench
