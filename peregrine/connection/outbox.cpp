#include "peregrine/connection/outbox.hpp"

#include <cassert>
#include <utility>

namespace peregrine {

void outbox::push(shared_buffer data) {
  if (data.size() == 0) return;
  auto* added = new node;
  grow(data.size() + sizeof(node));
  added->data = std::move(data);
  added->next = last_ ? last_->next : added;
  if (last_) last_->next = added;
  last_ = added;
}

std::size_t outbox::peek(std::span<bytes> pieces) const noexcept {
  std::size_t count = 0;
  for (const node* each = first(); each && count < pieces.size(); each = each->next) {
    pieces[count++] = each->data.view().subspan(each->sent);
    if (each == last_) break;
  }
  return count;
}

void outbox::drop(std::size_t size) noexcept {
  while (size > 0) {
    assert(!empty());
    node* front = first();
    const std::size_t left = front->data.size() - front->sent;
    if (size < left) {
      front->sent += static_cast<std::uint32_t>(size);
      shrink(size);
      return;
    }
    size -= left;
    shrink(left + sizeof(node));
    if (front == last_) {
      last_ = nullptr;
    } else {
      last_->next = front->next;
    }
    delete front;
  }
}

void outbox::clear_unbegun() noexcept {
  if (empty() || (first()->sent == 0 && !first()->is_kept)) {
    clear();
    return;
  }
  shared_buffer begun = first()->data;
  const auto sent = first()->sent;
  const bool is_kept = first()->is_kept;
  clear();
  push(std::move(begun));
  last_->sent = sent;
  last_->is_kept = is_kept;
  shrink(sent);
}

void outbox::clear() noexcept {
  while (!empty()) drop(first()->data.size() - first()->sent);
}

}  // namespace peregrine
