#include "crowd.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace bench {
namespace {

using clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(60);
constexpr std::size_t batch = 400;                  // well below net.core.somaxconn
constexpr std::size_t members_per_source = 20'000;  // below the 28,232 ports of Linux's default range

}  // namespace

crowd::crowd(std::uint16_t port, std::string path, head style)
    : port_(port), path_(std::move(path)), style_(style), epoll_(epoll_create1(EPOLL_CLOEXEC)), input_(1 << 18) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

crowd::~crowd() {
  leave();
  close(epoll_);
}

void crowd::knock(std::size_t count, unsigned source) {
  heard_anything_ = false;
  for (std::size_t i = 0; i < count; ++i) {
    const int socket = open_connection(port_, source);
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = members_.size()}};
    members_.push_back({.socket = socket});
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
    const std::string request = upgrade_request(style_, port_, path_, ++serial_);
    request_size_ = request.size();
    write_whole(socket, request);
  }
}

void crowd::await_replies() {
  poll_until([this] { return joined_ == members_.size(); }, "replies to the handshakes");
}

void crowd::join(std::size_t count) {
  while (count > 0) {
    const std::size_t now = std::min(count, batch);
    knock(now, static_cast<unsigned>(members_.size() / members_per_source));
    await_replies();
    count -= now;
  }
}

void crowd::say(std::string_view frames, std::string expected) {
  expected_ = std::move(expected);
  satisfied_ = 0;
  for (member& each : members_) each.heard = 0;
  heard_anything_ = false;
  write_whole(members_.front().socket, frames);
}

void crowd::await_deliveries() {
  poll_until([this] { return satisfied_ == members_.size(); }, "the messages at every member");
}

void crowd::read_for(int milliseconds) {
  poll_once(milliseconds);
}

void crowd::expect_silence() {
  poll_once(5);
  if (heard_anything_)
    throw std::runtime_error("an answer came while --pid was held: that process isn't the server at --port");
}

void crowd::leave() {
  for (const member& each : members_) close(each.socket);
  members_.clear();
  leftover_.clear();
  joined_ = satisfied_ = 0;
}

template <class Done>
void crowd::poll_until(Done done, const char* what) {
  const auto deadline = clock::now() + patience;
  while (!done()) {
    poll_once(100);
    if (clock::now() > deadline) throw std::runtime_error(std::string("waited 60 s in vain for ") + what);
  }
}

void crowd::poll_once(int timeout_ms) {
  std::array<epoll_event, 512> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  if (count > 0) heard_anything_ = true;
  for (int i = 0; i < count; ++i) receive(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
}

void crowd::receive(std::size_t index) {
  member& from = members_[index];
  while (true) {
    const ssize_t size = recv(from.socket, input_.data(), input_.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) throw std::system_error(errno, std::generic_category(), "the connection to the server broke");
    if (size == 0) throw std::runtime_error("the server closed a connection");
    std::string_view input(input_.data(), static_cast<std::size_t>(size));
    std::string whole;
    if (const auto before = leftover_.find(index); before != leftover_.end()) {
      whole = std::move(before->second).append(input);
      leftover_.erase(before);
      input = whole;
    }
    if (!from.joined) input = take_reply(from, input);
    if (from.joined) input = take_frames(from, input);
    if (!input.empty()) leftover_[index] = input;
  }
}

std::string_view crowd::take_reply(member& from, std::string_view input) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == input.npos) return input;
  if (!input.starts_with("HTTP/1.1 101")) {
    throw std::runtime_error("the server refused a handshake: " + std::string(input.substr(0, input.find("\r\n"))));
  }
  from.joined = true;
  ++joined_;
  return input.substr(end + 4);
}

// Server's frames (RFC 6455 §5.2). What is expected comes byte by byte as expected_ has it; beside it, a ping may come.
std::string_view crowd::take_frames(member& from, std::string_view input) {
  while (!input.empty()) {
    const std::string_view rest = std::string_view(expected_).substr(from.heard);
    if (!rest.empty() && input.front() == rest.front()) {
      const std::size_t size = std::min(rest.size(), input.size());
      if (input.substr(0, size) != rest.substr(0, size)) throw std::runtime_error("a message came that nobody sent so");
      from.heard += size;
      if (from.heard == expected_.size()) ++satisfied_;
      input.remove_prefix(size);
      continue;
    }
    const unsigned first = static_cast<unsigned char>(input.front());
    if (first == 0x88) throw std::runtime_error("the server sent a close frame");
    if (first != 0x89)
      throw std::runtime_error("a frame came that nobody expected, first byte " + std::to_string(first));
    if (input.size() < 2) return input;
    const std::size_t size = static_cast<unsigned char>(input[1]);
    if (size > 125) throw std::runtime_error("the server sent a ping with a bad length");  // §5.5
    if (input.size() < 2 + size) return input;
    write_whole(from.socket, masked_pong(input.substr(2, size)));
    input.remove_prefix(2 + size);
  }
  return input;
}

}  // namespace bench
