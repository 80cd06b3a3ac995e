#include "peregrine/server/profile.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace peregrine::server {

namespace {

// gperftools/profiler.h, as far as it is needed: the library is no condition for building or running.
struct profiler {
  int (*start)(const char* file);
  void (*stop)();
};

const profiler* installed() {
  static const auto found = []() -> std::optional<profiler> {
    void* const library = dlopen("libprofiler.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) return std::nullopt;
    profiler made{reinterpret_cast<int (*)(const char*)>(dlsym(library, "ProfilerStart")),
                  reinterpret_cast<void (*)()>(dlsym(library, "ProfilerStop"))};
    if (!made.start || !made.stop) return std::nullopt;
    return made;
  }();
  return found ? &*found : nullptr;
}

// Systemd's folder for what a service keeps, or one of this user's own.
std::string folder() {
  if (const char* given = std::getenv("STATE_DIRECTORY"); given && given[0] == '/' && !std::strchr(given, ':'))
    return given;
  return fmt::format("/tmp/peregrine-{}", getuid());
}

// Why nothing may be written there; empty if it may. Nobody else must be able to put a link in the file's place.
std::string fault_of(const std::string& place) {
  if (mkdir(place.c_str(), 0700) != 0 && errno != EEXIST) {
    return fmt::format("the folder {} can't be made: {}", place, std::strerror(errno));
  }
  struct stat about {};
  if (lstat(place.c_str(), &about) != 0) return fmt::format("the folder {}: {}", place, std::strerror(errno));
  if (!S_ISDIR(about.st_mode) || about.st_uid != getuid() || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fmt::format("{} has to be a folder that belongs to this user and that nobody else may write to", place);
  }
  return {};
}

std::string file_in(const std::string& place) {
  char when[32];
  const auto now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &parts);
  return fmt::format("{}/peregrine-{}-{}.prof", place, when, getpid());
}

std::string running;  // its file; empty: no profile is being taken

}  // namespace

std::string start_profile() {
  if (!running.empty()) return fmt::format("a profile is being taken already, into {}; /profile stop ends it", running);
  const auto* tool = installed();
  if (!tool) return "gperftools is not installed here; Debian has it as: apt-get install libgoogle-perftools4";
  const auto place = folder();
  if (const auto fault = fault_of(place); !fault.empty()) return "no profile is taken: " + fault;
  const auto file = file_in(place);
  if (tool->start(file.c_str()) == 0) return fmt::format("no profile is taken: gperftools can't write {}", file);
  running = file;
  return fmt::format("process {} takes a CPU profile; /profile stop ends it and writes {}", getpid(), file);
}

std::string stop_profile() {
  if (running.empty()) return "no profile is being taken; /profile start begins one";
  installed()->stop();
  const auto file = std::exchange(running, {});
  return fmt::format("the CPU profile is in {}; to read it: google-pprof --text /proc/{}/exe {}", file, getpid(), file);
}

}  // namespace peregrine::server
