#include "peregrine/websocket/extensions.hpp"

#include "peregrine/base/fields.hpp"
#include "peregrine/websocket/header_list.hpp"

#include <algorithm>
#include <charconv>

namespace peregrine::websocket {

namespace {

constexpr std::string_view name_of_deflate = "permessage-deflate";

struct parameter {
  std::string_view name;
  std::string_view value;  // may hold backslashes when it was quoted
  bool has_value = false;
};

// 8…15, in decimal, without a leading zero (RFC 7692 §7.1.2); 0 for anything else.
std::uint8_t window_bits(std::string_view value) noexcept {
  unsigned number = 0;
  unsigned digits = 0;
  for (const char c : value) {
    if (c == '\\') continue;
    if (c < '0' || c > '9' || (c == '0' && digits == 0) || ++digits > 2) return 0;
    number = 10 * number + static_cast<unsigned>(c - '0');
  }
  return static_cast<std::uint8_t>(number >= 8 && number <= 15 ? number : 0);
}

// One permessage-deflate as it is gathered from its parameters.
struct element {
  bool is_deflate = false;
  bool is_valid = true;  // no unknown, repeated or wrong parameter (RFC 7692 §7.1)
  bool has_client_max_window_bits = false;
  deflate_parameters said;

  void add(const parameter& each, bool is_answer) noexcept {
    if (!is_deflate) return;
    if (each.name == "server_no_context_takeover") {
      set_flag(said.server_no_context_takeover, each);
    } else if (each.name == "client_no_context_takeover") {
      set_flag(said.client_no_context_takeover, each);
    } else if (each.name == "server_max_window_bits") {
      if (said.server_max_window_bits) is_valid = false;
      set_bits(said.server_max_window_bits, each);
    } else if (each.name == "client_max_window_bits") {
      if (has_client_max_window_bits) is_valid = false;
      has_client_max_window_bits = true;
      // In an offer it may stand without a value (§7.1.2.2).
      if (each.has_value || is_answer) set_bits(said.client_max_window_bits, each);
    } else {
      is_valid = false;
    }
  }

 private:
  void set_flag(bool& flag, const parameter& each) noexcept {
    if (flag || each.has_value) is_valid = false;
    flag = true;
  }
  void set_bits(std::optional<std::uint8_t>& bits, const parameter& each) noexcept {
    bits = window_bits(each.value);
    if (*bits == 0) is_valid = false;
  }
};

// Calls visit(element) for each extension in turn until it returns false; false if the list is malformed (§9.1).
template <class Visit>
bool read_extensions(std::string_view list, bool is_answer, Visit&& visit) noexcept {
  list_reader reader(list);
  bool wanted = true;
  do {
    while (reader.take(',')) {  // empty elements are to be ignored (RFC 9110 §5.6.1.2)
    }
    element each;
    const auto name = reader.token();
    if (name.empty()) return false;
    each.is_deflate = name == name_of_deflate;
    while (reader.take(';')) {
      parameter next;
      next.name = reader.token();
      if (next.name.empty()) return false;
      if (reader.take('=')) {
        next.has_value = true;
        next.value = reader.token();
        if (next.value.empty()) next.value = reader.quoted();
        if (next.value.empty()) return false;
      }
      each.add(next, is_answer);
    }
    if (wanted) wanted = visit(each);
    if (!reader.is_at_end() && !reader.take(',')) return false;
  } while (!reader.is_at_end());
  return true;
}

std::optional<std::uint8_t> smaller(std::optional<std::uint8_t> a, std::optional<std::uint8_t> b) noexcept {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

deflate_parameters answer_to(const element& offer, const deflate_parameters& wish) noexcept {
  deflate_parameters agreed;
  agreed.server_no_context_takeover = offer.said.server_no_context_takeover || wish.server_no_context_takeover;
  agreed.client_no_context_takeover = offer.said.client_no_context_takeover || wish.client_no_context_takeover;
  agreed.server_max_window_bits = smaller(offer.said.server_max_window_bits, wish.server_max_window_bits);
  // Only a client that said so can be told its window (§7.1.2.2).
  if (offer.has_client_max_window_bits) {
    agreed.client_max_window_bits = smaller(offer.said.client_max_window_bits, wish.client_max_window_bits);
  }
  return agreed;
}

// Did the server accept what was offered, and as it was offered? (RFC 7692 §7.1.1, §7.1.2)
bool honours(const deflate_parameters& answer, const deflate_parameters& offer) noexcept {
  if (offer.server_no_context_takeover && !answer.server_no_context_takeover) return false;
  if (offer.server_max_window_bits &&
      (!answer.server_max_window_bits || *answer.server_max_window_bits > *offer.server_max_window_bits)) {
    return false;
  }
  return !(offer.client_max_window_bits && answer.client_max_window_bits &&
           *answer.client_max_window_bits > *offer.client_max_window_bits);
}

void append_flag(std::string& out, bool flag, std::string_view name) {
  if (flag) out.append("; ").append(name);
}

void append_bits(std::string& out, std::optional<std::uint8_t> bits, std::string_view name) {
  if (!bits) return;
  char digits[3];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), *bits).ptr;
  out.append("; ").append(name).append("=").append(digits, end);
}

}  // namespace

negotiated accept_offer(std::string_view offers, const deflate_parameters* wish) noexcept {
  negotiated result;
  const bool is_well_formed = read_extensions(offers, false, [&](const element& offer) {
    if (!wish || !offer.is_deflate || !offer.is_valid) return true;
    result = {negotiation::agreed, answer_to(offer, *wish)};
    return false;
  });
  return is_well_formed ? result : negotiated{negotiation::malformed, {}};
}

negotiated check_accepted(std::string_view answer, const deflate_parameters* offer) noexcept {
  negotiated result;
  const bool is_well_formed = read_extensions(answer, true, [&](const element& accepted) {
    const bool is_first = result.outcome == negotiation::declined;
    const bool is_ours = offer && accepted.is_deflate && accepted.is_valid && honours(accepted.said, *offer);
    result = {is_first && is_ours ? negotiation::agreed : negotiation::malformed, accepted.said};
    return result.outcome == negotiation::agreed;
  });
  if (!is_well_formed || result.outcome != negotiation::agreed) return {negotiation::malformed, {}};
  // What a client said of its own side binds it, whether or not the server repeats it.
  result.agreed.client_no_context_takeover |= offer->client_no_context_takeover;
  result.agreed.client_max_window_bits = smaller(result.agreed.client_max_window_bits, offer->client_max_window_bits);
  return result;
}

void append_offer(std::string& out, const deflate_parameters& offer) {
  out.append(name_of_deflate);
  append_flag(out, offer.server_no_context_takeover, "server_no_context_takeover");
  append_flag(out, offer.client_no_context_takeover, "client_no_context_takeover");
  append_bits(out, offer.server_max_window_bits, "server_max_window_bits");
  append_flag(out, !offer.client_max_window_bits, "client_max_window_bits");
  append_bits(out, offer.client_max_window_bits, "client_max_window_bits");
}

void append_accepted(std::string& out, const deflate_parameters& agreed) {
  out.append(name_of_deflate);
  append_flag(out, agreed.server_no_context_takeover, "server_no_context_takeover");
  append_flag(out, agreed.client_no_context_takeover, "client_no_context_takeover");
  append_bits(out, agreed.server_max_window_bits, "server_max_window_bits");
  append_bits(out, agreed.client_max_window_bits, "client_max_window_bits");
}

}  // namespace peregrine::websocket
