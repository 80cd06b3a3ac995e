#include "peregrine/server/administer.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/server/pages.hpp"
#include "peregrine/worker/membership.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

namespace peregrine::server {

using namespace std::chrono_literals;

result<std::string> read_token(const std::string& file, std::string_view whose) {
  std::ifstream in(file);
  if (!in) {
    return failure{"cannot read " + std::string(whose) + " token from '" + file + "': " + explain(errno, attempt::open),
                   errno};
  }
  std::string token{std::istreambuf_iterator<char>(in), {}};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.size() < 16) {
    return failure{std::string(whose) + " token in '" + file + "' has " + std::to_string(token.size()) +
                   " characters; expected at least 16, such as: head -c 24 /dev/urandom | base64"};
  }
  return token;
}

result<admin::administration_options> administering(const options& chosen, message_rule& rule) {
  admin::administration_options made;
  if (!chosen.admin_token_file.empty()) {
    auto token = read_token(chosen.admin_token_file, "the administration's");
    if (!token) return token.error();
    made.token = std::move(*token);
  }
  made.max_message = static_cast<std::uint32_t>(chosen.max_message);
  made.page = [](const http::request& asked) { return page_of(web::site::dashboard, asked); };
  made.fault_of = [&rule](const message& said) { return rule.fault_of(said); };
  return made;
}

result<std::optional<int>> open_admin_socket(const std::optional<admin_place>& where) {
  if (!where) return std::optional<int>();
  if (const int given = listener::take_handed_over(where->at); given >= 0) return std::optional(given);
  const auto opened = listener::open_socket(where->at, listener::sharing::alone);
  if (opened) return std::optional(*opened);
  if (!where->is_optional) return opened.error();
  log::warning("admin",
               "There is no administration: {}\nAnother place is chosen with --admin URL; --admin off does without.",
               opened.error().message);
  return std::optional<int>();
}

void announce_admin(const admin_place& where, const address& at) {
  log::info("admin", {{"address", at.to_string()}}, "Administration at {}://{}/", where.is_secure ? "https" : "http",
            at.to_string());
}

result<> run_administration(std::unique_ptr<worker::station> station, const options& chosen, const admin_place& where,
                            tls::server_context* secured) {
  message_rule rule(chosen.carried);
  auto wanted = administering(chosen, rule);
  if (!wanted) return wanted.error();
  reactor loop;
  auto taken = worker::membership::take(std::move(station));
  if (!taken) return taken.error();
  auto& ours = **taken;
  hub rooms(ours.carrier());
  admin::administration office(std::move(*wanted), ours.all(), rooms);
  signals heard({SIGINT, SIGTERM, SIGHUP, SIGUSR2});
  auto watching = heard.watch([&loop](int number) {
    if (number == SIGINT || number == SIGTERM) loop.stop();  // the others are for the supervisor
  });
  if (!watching) return watching.error();
  if (const auto opened = office.listen(where.at, where.is_secure ? secured : nullptr); !opened) return opened.error();
  if (auto begun = ours.begin(5s, [&loop] { loop.stop(); }); !begun) return begun.error();
  loop.run();
  office.leave();
  return {};
}

}  // namespace peregrine::server
