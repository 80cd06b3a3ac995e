// The program that the supervisor's processes run: this one, with the words that it was called with.
#pragma once

#include "peregrine/base/result.hpp"

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace peregrine::worker {

class program {
 public:
  // The file that this process runs, whatever stands at its path by now.
  static result<program> running();
  // What stands at that path now: an upgrade has put it there.
  result<program> on_disk() const;

  program(program&& other) noexcept
      : file_(std::exchange(other.file_, -1)), path_(std::move(other.path_)), words_(std::move(other.words_)) {}
  program& operator=(program&& other) noexcept {
    std::swap(file_, other.file_);
    path_.swap(other.path_);
    words_.swap(other.words_);
    return *this;
  }
  ~program();

  const std::string& path() const noexcept { return path_; }

  // Starts it in a process of its own, with `variable` ("name=value") in its environment and the file `kept` open. It
  // has a process group of its own, so that what a terminal says to this one it does not hear, and is asked to end
  // (SIGTERM) when this process does.
  result<pid_t> start(const std::string& variable, int kept) const;

 private:
  program(int file, std::string path, std::vector<std::string> words)
      : file_(file), path_(std::move(path)), words_(std::move(words)) {}

  int file_;
  std::string path_;
  std::vector<std::string> words_;
};

}  // namespace peregrine::worker
