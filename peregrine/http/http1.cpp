#include "peregrine/http/http1.hpp"

#include <llhttp.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <new>

namespace peregrine::http {

namespace {

llhttp_t& llhttp_in(std::array<std::byte, 96>& memory) noexcept {
  static_assert(sizeof(llhttp_t) <= sizeof memory);
  return *std::launder(reinterpret_cast<llhttp_t*>(memory.data()));
}

}  // namespace

struct head_parser::callbacks {
  static head_parser& of(llhttp_t* machine) noexcept { return *static_cast<head_parser*>(machine->data); }

  static int on_target(llhttp_t* machine, const char* at, std::size_t size) {
    auto& self = of(machine);
    return self.extend(self.target_, at, size) ? 0 : -1;
  }
  static int on_name(llhttp_t* machine, const char* at, std::size_t size) {
    auto& self = of(machine);
    if (self.in_value_) {
      if (self.field_count_ == max_fields) {
        self.refuse(431, "The request has more than " + std::to_string(max_fields) + " header fields.");
        return -1;
      }
      self.in_value_ = false;
      self.names_[self.field_count_] = self.values_[self.field_count_] = {};
      ++self.field_count_;
    }
    return self.extend(self.names_[self.field_count_ - 1u], at, size) ? 0 : -1;
  }
  static int on_value(llhttp_t* machine, const char* at, std::size_t size) {
    auto& self = of(machine);
    if (self.field_count_ == 0) return 0;
    self.in_value_ = true;
    return self.extend(self.values_[self.field_count_ - 1u], at, size) ? 0 : -1;
  }
  static int on_value_complete(llhttp_t* machine) {
    of(machine).in_value_ = true;  // an empty value has no on_value
    return 0;
  }
  static int on_head_complete(llhttp_t*) {
    return 2;  // stop here, whatever body is announced
  }

  static const llhttp_settings_t* settings() noexcept {
    static const llhttp_settings_t made = [] {
      llhttp_settings_t s;
      llhttp_settings_init(&s);
      s.on_url = on_target;
      s.on_header_field = on_name;
      s.on_header_value = on_value;
      s.on_header_value_complete = on_value_complete;
      s.on_headers_complete = on_head_complete;
      return s;
    }();
    return &made;
  }
};

head_parser::head_parser(kind of, std::uint32_t max_size)
    : kind_(of), max_size_(std::min<std::uint32_t>(max_size, 0xffff)) {
  new (machine_.data()) llhttp_t;
  reset();
}

void head_parser::reset() noexcept {
  auto& machine = llhttp_in(machine_);
  llhttp_init(&machine, kind_ == kind::request ? HTTP_REQUEST : HTTP_RESPONSE, callbacks::settings());
  machine.data = this;
  size_ = 0;
  kept_.clear();
  target_ = {};
  field_count_ = 0;
  in_value_ = true;
  status_ = 0;
  why_.clear();
}

// Parts that llhttp reports in pieces are contiguous, except where a value goes on in the next line.
bool head_parser::extend(part& grown, const char* at, std::size_t size) {
  const auto begin = static_cast<std::uint16_t>(size_ + static_cast<std::size_t>(at - piece_));
  if (grown.size == 0) grown.begin = begin;
  if (grown.begin + grown.size != begin) {
    refuse(400, "A header field goes on in the next line, which is obsolete (RFC 9112, section 5.2).");
    return false;
  }
  grown.size = static_cast<std::uint16_t>(grown.size + size);
  return true;
}

head_parser::outcome head_parser::refuse(int status, std::string why) {
  if (status_ == 0) {
    status_ = status;
    why_ = std::move(why);
  }
  return outcome::malformed;
}

head_parser::outcome head_parser::feed(bytes piece, std::size_t& used) {
  auto& machine = llhttp_in(machine_);
  const auto allowed = as_text(piece.first(std::min<std::size_t>(piece.size(), max_size_ - size_)));
  piece_ = allowed.data();
  const auto code = llhttp_execute(&machine, allowed.data(), allowed.size());
  used = allowed.size();
  if (code == HPE_PAUSED_UPGRADE) {
    used = static_cast<std::size_t>(llhttp_get_error_pos(&machine) - allowed.data());
    size_ += static_cast<std::uint32_t>(used);
    if (!kept_.empty()) {
      kept_.append(allowed.substr(0, used));
      piece_ = kept_.data();
    }
    return outcome::complete;
  }
  if (code != HPE_OK) {
    if (code == HPE_INVALID_VERSION) return refuse(505, "The HTTP version is not supported: expected HTTP/1.1.");
    const char* reason = llhttp_get_error_reason(&machine);
    return refuse(400, std::string("The head is not HTTP/1.1 (RFC 9112): ") + (reason ? reason : "malformed") + ".");
  }
  size_ += static_cast<std::uint32_t>(used);
  if (size_ == max_size_) {
    return refuse(431, "The head is longer than the " + std::to_string(max_size_) + " bytes that are allowed.");
  }
  kept_.append(allowed);
  return outcome::need_more;
}

std::string_view head_parser::text(part of) const noexcept {
  return {piece_ + of.begin, of.size};
}

fields head_parser::materialize() noexcept {
  thread_local std::array<field, max_fields> made;
  for (std::size_t i = 0; i < field_count_; ++i) made[i] = {text(names_[i]), trimmed(text(values_[i]))};
  return {made.data(), field_count_};
}

request head_parser::as_request() noexcept {
  const auto& machine = llhttp_in(machine_);
  request made;
  made.method = llhttp_method_name(static_cast<llhttp_method_t>(machine.method));
  made.target = text(target_);
  made.version_major = machine.http_major;
  made.version_minor = machine.http_minor;
  made.head = materialize();
  made.authority = find(made.head, "host").value_or("");
  split_target(made);
  return made;
}

response head_parser::as_response() noexcept {
  return {llhttp_in(machine_).status_code, materialize()};
}

void append_response(std::string& out, int status, fields extra, std::string_view body, bool is_to_head) {
  out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_phrase(status)).append("\r\n");
  for (const auto& each : extra) out.append(each.name).append(": ").append(each.value).append("\r\n");
  if (!find(extra, "connection")) out += "Connection: close\r\n";
  if (!find(extra, "content-type")) out += "Content-Type: text/plain; charset=utf-8\r\n";
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  if (!is_to_head) out.append(body);
}

}  // namespace peregrine::http
