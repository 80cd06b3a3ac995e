// load: what one more handshake, message or idle member costs a WebSocket server, any server, in CPU and in bytes.
#include "commands.hpp"
#include "socket.hpp"
#include <cstdio>
#include <exception>
#include <string_view>

namespace {

constexpr const char* usage =
    "usage: load COMMAND --port PORT --pid SERVER …\n"
    "  handshakes  [--rounds 15] [--batch 400] [--path /x] [--head browser|library|bare]\n"
    "  deliveries  [--rounds 15] [--members 1000] [--burst 1] [--size 64] [--path /x]\n"
    "  idle        [--members 19000] [--seconds 10] [--path /x]\n"
    "handshakes and deliveries measure a second server in the same breath: --beside-port PORT --beside-pid SERVER\n"
    "The server listens at 127.0.0.1:PORT and is the process SERVER. Prints one JSON object.\n";

}  // namespace

int main(int count, char** arguments) {
  const std::string_view command = count > 1 ? arguments[1] : "";
  try {
    bench::raise_file_limit();
    bench::options given(count > 2 ? count - 2 : 0, arguments + 2);
    if (command == "handshakes") {
      bench::measure_handshakes(given);
    } else if (command == "deliveries") {
      bench::measure_deliveries(given);
    } else if (command == "idle") {
      bench::measure_idle(given);
    } else {
      std::fputs(usage, stderr);
      return 2;
    }
  } catch (const bench::usage_error& mistake) {
    std::fprintf(stderr, "load: %s\n%s", mistake.what(), usage);
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "load: %s\n", failure.what());
    return 1;
  }
}
