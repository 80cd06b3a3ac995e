#include "peregrine/connection/shared_frame.hpp"

#include "peregrine/websocket/deflate.hpp"
#include "peregrine/websocket/reader.hpp"
#include "peregrine/websocket/writer.hpp"

#include <cassert>

namespace peregrine {

using websocket::role;

shared_frame::shared_frame(const message& said)
    : plain_(shared_buffer::with_size(websocket::frame_size(role::server, said.size()))) {
  websocket::encode_frame(plain_.write(), role::server, {said.type(), said.payload()});
}

const shared_buffer& shared_frame::compressed() const {
  if (compressed_ || !plain_) return compressed_;
  // What a server has encoded, a client's reader takes apart; nothing is masked, so it changes nothing in its input.
  websocket::reader_options any;
  any.role = role::client;
  any.max_message = 0xffff'ffff;
  websocket::reader taker;
  const auto view = plain_.view();
  mutable_bytes input{const_cast<std::byte*>(view.data()), view.size()};
  std::vector<std::byte> out;
  for (auto next = taker.feed(input, any); next.kind != websocket::event_kind::need_more;
       next = taker.feed(input, any)) {
    assert(next.kind == websocket::event_kind::message);
    if (next.payload.size() < smallest_compressed) {
      websocket::append_frame(out, role::server, {next.type, next.payload});
      continue;
    }
    const auto smaller = websocket::shared_deflater().compress(next.payload);
    websocket::append_frame(out, role::server, {next.type, smaller, true});
    websocket::shared_deflater().release();
  }
  compressed_ = shared_buffer::copy_of(out);
  return compressed_;
}

}  // namespace peregrine
