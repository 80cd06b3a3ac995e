#include "peregrine/server/settled.hpp"

#include "peregrine/server/worker_count.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace peregrine::server {

namespace {

std::string spell_bind(const std::vector<std::string>& urls) {
  return urls.empty() ? "no --bind" : fmt::format("--bind {}", fmt::join(urls, " --bind "));
}

failure takes_a_restart(const std::string& now, const std::string& then) {
  return failure{now + " takes a restart of the whole server, which was started with " + then};
}

}  // namespace

settled::settled(const options& chosen, std::uint64_t count)
    : bind_(chosen.bind), admin_(chosen.admin), workers_(chosen.workers), capacity_(chosen.capacity), count_(count) {}

std::string settled::spell() const {
  const nlohmann::json whole{
      {"bind", bind_}, {"admin", admin_}, {"workers", workers_}, {"capacity", capacity_}, {"count", count_}};
  return whole.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

result<settled> settled::parse(std::string_view spelled) {
  const auto whole = nlohmann::json::parse(spelled, nullptr, false);
  settled read;
  try {
    whole.at("bind").get_to(read.bind_);
    whole.at("admin").get_to(read.admin_);
    whole.at("workers").get_to(read.workers_);
    whole.at("capacity").get_to(read.capacity_);
    whole.at("count").get_to(read.count_);
  } catch (const nlohmann::json::exception&) {
    return failure{"the supervisor is of another version; restart the server as a whole"};
  }
  return read;
}

result<> settled::check(const options& now) const {
  if (now.bind != bind_) return takes_a_restart(spell_bind(now.bind), spell_bind(bind_));
  if (now.admin != admin_) return takes_a_restart("--admin " + now.admin, "--admin " + admin_);
  // What the same words make may change with the machine.
  if (now.workers == workers_ && now.capacity == capacity_) return {};
  const auto count = worker_count(now.workers, now.capacity);
  if (!count) return count.error();
  if (*count == count_) return {};
  const auto asked = now.workers == workers_ || now.workers.empty() ? fmt::format("--capacity {}", now.capacity)
                                                                    : "--workers " + now.workers;
  return takes_a_restart(fmt::format("{} (workers: {})", asked, *count), fmt::format("{} workers", count_));
}

void settled::impose_on(options& now) const {
  now.bind = bind_;
  now.admin = admin_;
  now.workers = std::to_string(count_);
}

}  // namespace peregrine::server
