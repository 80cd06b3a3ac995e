#include "server_process.hpp"

#include <signal.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace bench {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::filesystem::path folder_of(pid_t pid) {
  return std::filesystem::path("/proc") / std::to_string(pid);
}

void signal_to(pid_t pid, int signal) {
  if (kill(pid, signal) < 0) {
    throw std::system_error(errno, std::generic_category(), "can't signal the server, process " + std::to_string(pid));
  }
}

// Field 3 of /proc/…/stat, after the name, which may hold anything but ends at the last bracket (proc(5)).
char state_of(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t bracket = text.rfind(')');
  return bracket == text.npos || bracket + 2 >= text.size() ? '?' : text[bracket + 2];
}

}  // namespace

server_process::server_process(pid_t pid) : pid_(pid) {
  signal_to(pid_, 0);
}

std::int64_t server_process::cpu() const {
  std::int64_t sum = 0;
  for (const auto& thread : std::filesystem::directory_iterator(folder_of(pid_) / "task")) {
    std::ifstream file(thread.path() / "schedstat");
    std::int64_t nanoseconds = 0;
    if (file >> nanoseconds) sum += nanoseconds;
  }
  return sum;
}

std::int64_t server_process::cpu_when_idle() const {
  const auto deadline = clock::now() + 5s;
  std::int64_t before = cpu();
  while (clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
    const std::int64_t now = cpu();
    if (now == before) return now;
    before = now;
  }
  return before;
}

process_memory server_process::memory() const {
  std::ifstream file(folder_of(pid_) / "smaps_rollup");
  process_memory memory;
  std::string word;
  while (file >> word) {
    std::int64_t kibibytes = 0;
    if (word == "Rss:" && file >> kibibytes) memory.rss = kibibytes * 1024;
    if (word == "Pss:" && file >> kibibytes) memory.pss = kibibytes * 1024;
    if ((word == "Private_Clean:" || word == "Private_Dirty:") && file >> kibibytes) {
      memory.private_bytes += kibibytes * 1024;
    }
  }
  if (memory.rss == 0) throw std::runtime_error("can't read the server's smaps_rollup");
  return memory;
}

server_process::held::held(const server_process& process) : pid_(process.pid_) {
  signal_to(pid_, SIGSTOP);
  const auto deadline = clock::now() + 5s;
  for (const auto& thread : std::filesystem::directory_iterator(folder_of(pid_) / "task")) {
    // t: stopped as well, for whom strace watches
    for (char state = state_of(thread.path()); state != 'T' && state != 't'; state = state_of(thread.path())) {
      if (clock::now() > deadline) {
        kill(pid_, SIGCONT);
        throw std::runtime_error("the server does not stop at SIGSTOP");
      }
      std::this_thread::sleep_for(1ms);
    }
  }
}

server_process::held::~held() {
  kill(pid_, SIGCONT);
}

}  // namespace bench
