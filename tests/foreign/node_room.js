// A room server written with Node's ws, by the rules of `peregrine serve`: every path is a room, a text that is a JSON object
// goes to everybody in it, anything else is answered with an error to its sender alone.
//
// usage: node_room.js plain|deflate [PORT]    Prints its port, then a line "joined PATH EXTENSIONS" for each member.
'use strict';

const { WebSocketServer } = require('ws');

const longest = 64 * 1024;
const deflate = process.argv[2] === 'deflate';
const rooms = new Map();

function isJsonObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[3] || 0),
  perMessageDeflate: deflate && { threshold: 0 },
  handleProtocols: () => false,
  verifyClient: ({ origin, req }, answer) => {
    const known = origin === undefined || origin === `http://${req.headers.host}`;
    answer(known, 403, 'this origin may not come in');
  },
});

server.on('listening', () => console.log(server.address().port));
server.on('connection', (member, request) => {
  console.log('joined', request.url, member.extensions || 'none');
  const room = rooms.get(request.url) || new Set();
  rooms.set(request.url, room.add(member));
  member.on('message', (data, isBinary) => {
    // Not left to maxPayload: ws answers a compressed message that is too long with 1007.
    if (data.length > longest) {
      member.close(1009);
    } else if (!isBinary && isJsonObject(data)) {
      for (const each of room) each.send(data, { binary: false });
    } else {
      member.send(JSON.stringify({ error: 'a message is a JSON object' }));
    }
  });
  member.on('error', () => {}); // ws closes it, with the right code, by itself
  member.on('close', () => room.delete(member));
});
