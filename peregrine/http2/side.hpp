// Which end of an HTTP/2 connection we are.
#pragma once

namespace peregrine::http2 {

enum class side : bool { server, client };

}  // namespace peregrine::http2
