#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

// Lifts the soft limit on open files to the hard one and returns it.
std::uint64_t raise_file_limit();

// A non-blocking connection from 127.0.0.(2 + source) to 127.0.0.1:port. The port range of one source address ends near
// 28,000 connections to one server. Throws, and says which limit it was, if there was one.
int open_connection(std::uint16_t port, unsigned source);

// All of it in one write, or it throws: what is written here is small, and the socket's buffer is empty.
void write_whole(int socket, std::string_view bytes);

}  // namespace bench
