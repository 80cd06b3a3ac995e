#include "peregrine/worker/program.hpp"

#include "peregrine/base/explain.hpp"

#include <fcntl.h>
#include <linux/limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace peregrine::worker {

namespace {

result<int> open_program(const std::string& path) {
  const int file = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (file < 0) return failure{"cannot run " + path + ": " + explain(errno, attempt::open), errno};
  return file;
}

std::vector<std::string> own_words() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string each; std::getline(in, each, '\0');) words.push_back(std::move(each));
  return words;
}

}  // namespace

result<program> program::running() {
  std::array<char, PATH_MAX> path{};
  const auto size = readlink("/proc/self/exe", path.data(), path.size());
  if (size < 0) return failure{"cannot tell which program this is: " + explain(errno, attempt::open), errno};
  const auto file = open_program("/proc/self/exe");
  if (!file) return file.error();
  return program(*file, std::string(path.data(), static_cast<std::size_t>(size)), own_words());
}

result<program> program::on_disk() const {
  const auto file = open_program(path_);
  if (!file) return file.error();
  return program(*file, path_, words_);
}

program::~program() {
  if (file_ >= 0) close(file_);
}

result<pid_t> program::start(const std::string& variable, int kept) const {
  std::vector<char*> words;
  words.reserve(words_.size() + 1);
  for (const auto& each : words_) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  std::vector<char*> environment;
  for (char** each = environ; *each; ++each) environment.push_back(*each);
  environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);

  std::fflush(nullptr);
  const auto parent = getpid();
  const auto process = fork();
  if (process < 0) return failure{std::string("no process could be started: ") + std::strerror(errno), errno};
  if (process > 0) return process;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) std::_Exit(EXIT_FAILURE);  // it died before the line above
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  fcntl(kept, F_SETFD, 0);
  fexecve(file_, words.data(), environment.data());
  std::_Exit(127);
}

}  // namespace peregrine::worker
