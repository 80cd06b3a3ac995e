// The processes of a swarm, as the one that started them sees them. It opens no connection itself.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/swarm/options.hpp"
#include "peregrine/swarm/share.hpp"
#include "peregrine/swarm/wire.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::swarm {

class fleet {
 public:
  struct progress {
    std::uint64_t opened = 0;
    std::uint64_t failed = 0;
    std::uint64_t lost = 0;   // with their connection, or with their process
    std::uint64_t bytes = 0;  // of user memory that was added
  };
  // What all processes together have reached, at a time (ns of CLOCK_MONOTONIC).
  using on_progress = std::function<void(const progress& all, std::uint64_t at)>;

  enum class outcome {
    all,          // what was waited for has come
    deadline,     // not every one in time
    interrupted,  // by a signal, for the first time
  };
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  // Forks one process for each share, before any reactor was made in this one. They end with their parent, and with
  // this object.
  static result<fleet> start(const options& chosen, const std::vector<share>& shares, const address& to,
                             std::uint32_t id, on_progress progressed);

  fleet(fleet&&) = default;
  fleet& operator=(fleet&&) = delete;
  ~fleet();

  void tell_all(std::string_view kind, json content = json::object());
  // The first process with a living member; false if there is none.
  bool tell_a_live_one(std::string_view kind, json content = json::object());

  // Each takes what the processes say, and goes on waiting after an interruption that was told of once.
  // Until every process that lives has said `kind`, or at least `wanted` of them.
  outcome wait_for(std::string_view kind, std::uint64_t deadline, std::size_t wanted = ~std::size_t{0});
  // Until no connection is left.
  outcome wait_for_nobody(std::uint64_t deadline);

  // What was said of that kind since it was last taken.
  std::vector<json> take(std::string_view kind);

  std::size_t size() const noexcept { return members_.size(); }
  bool was_interrupted() const noexcept { return was_interrupted_; }
  progress reached() const noexcept;

  // Connections that ended with processes that were not to end.
  std::uint64_t lost_with_processes() const noexcept { return lost_with_processes_; }

 private:
  struct member {
    pid_t process;
    channel line;
    bool is_alive = true;
    progress reached;
    std::map<std::string, json, std::less<>> said;
  };

  explicit fleet(on_progress progressed) : progressed_(std::move(progressed)) {}

  outcome wait_until(std::uint64_t deadline, const std::function<bool()>& has_come);
  void hear(member& each);
  void bury(member& each);

  std::vector<member> members_;
  std::unique_ptr<signals> interruption_ = std::make_unique<signals>();
  on_progress progressed_;
  bool was_interrupted_ = false;
  std::uint64_t lost_with_processes_ = 0;
};

}  // namespace peregrine::swarm
