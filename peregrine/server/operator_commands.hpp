// What an operator may ask for in a room: /help, /stats, /rooms, and what else is made known. A fixed list; nothing is
// evaluated.
#pragma once

#include "peregrine/server/worker_figures.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::server {

class operator_commands {
 public:
  // The answers are those of all workers. What it is given outlives it.
  explicit operator_commands(worker_figures& workers) : workers_(workers) {}

  // One more command, as a person types it, what it is for, and what gives the answer.
  void add(std::string command, std::string purpose, std::function<std::string()> answer) {
    more_.push_back({std::move(command), std::move(purpose), std::move(answer)});
  }

  // The answer as a message for the asker: {"command": …, "user": "server", "text": …}.
  std::string run(std::string_view command) const;

 private:
  struct another {
    std::string command;
    std::string purpose;
    std::function<std::string()> answer;
  };

  std::string help() const;
  std::string stats() const;
  std::string rooms() const;

  worker_figures& workers_;
  std::vector<another> more_;
};

}  // namespace peregrine::server
