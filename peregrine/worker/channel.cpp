#include "peregrine/worker/channel.hpp"

#include "peregrine/base/explain.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace peregrine::worker {

namespace {

constexpr std::size_t longest = 4096;

struct alignas(cmsghdr) file_space {
  char room[CMSG_SPACE(channel::most_files * sizeof(int))];
};

}  // namespace

result<std::pair<channel, channel>> channel::make_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return failure{"no line to another process could be made: " + explain(errno, attempt::open), errno};
  }
  return std::pair(channel(ends[0]), channel(ends[1]));
}

channel::~channel() {
  if (socket_ >= 0) close(socket_);
}

bool channel::send(std::string_view said, std::span<const int> files) const noexcept {
  if (said.size() > longest || files.size() > most_files) return false;
  iovec text{const_cast<char*>(said.data()), said.size()};
  msghdr packet{};
  packet.msg_iov = &text;
  packet.msg_iovlen = 1;
  file_space space{};
  if (!files.empty()) {
    packet.msg_control = space.room;
    packet.msg_controllen = CMSG_SPACE(files.size_bytes());
    cmsghdr* const beside = CMSG_FIRSTHDR(&packet);
    beside->cmsg_level = SOL_SOCKET;
    beside->cmsg_type = SCM_RIGHTS;
    beside->cmsg_len = CMSG_LEN(files.size_bytes());
    std::memcpy(CMSG_DATA(beside), files.data(), files.size_bytes());
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket_, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(said.size());
}

channel::received channel::receive(bool may_wait) const {
  std::array<char, longest> room;
  iovec text{room.data(), room.size()};
  file_space space{};
  msghdr packet{};
  packet.msg_iov = &text;
  packet.msg_iovlen = 1;
  packet.msg_control = space.room;
  packet.msg_controllen = sizeof space.room;
  ssize_t size;
  do {
    size = recvmsg(socket_, &packet, MSG_CMSG_CLOEXEC | (may_wait ? 0 : MSG_DONTWAIT));
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return {state::nothing_yet, {}, {}};
  if (size <= 0) return {state::ended, {}, {}};
  received read{state::said, std::string(room.data(), static_cast<std::size_t>(size)), {}};
  for (cmsghdr* beside = CMSG_FIRSTHDR(&packet); beside; beside = CMSG_NXTHDR(&packet, beside)) {
    if (beside->cmsg_level != SOL_SOCKET || beside->cmsg_type != SCM_RIGHTS) continue;
    read.files.resize((beside->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(read.files.data(), CMSG_DATA(beside), read.files.size() * sizeof(int));
  }
  return read;
}

}  // namespace peregrine::worker
