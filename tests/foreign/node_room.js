// A room server written with Node's ws, over HTTP/1.1 or on streams of Node's http2, by the rules of `peregrine serve`: every
// path is a room, a text that is a JSON object goes to everybody in it, anything else is answered with an error to its sender alone.
//
// usage: node_room.js http1|http2 plain|deflate [IDENTITY]
//        With TLS if there is an IDENTITY, a PEM file of certificate and key.
//        Prints its port, then a line "joined PATH EXTENSIONS" for each member.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');
const overHttp2 = require('./node_http2');

const longest = 64 * 1024;
const deflate = process.argv[3] === 'deflate';
const identity = process.argv[4] && fs.readFileSync(process.argv[4]);
const rooms = new Map();

function isJsonObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function mayComeFrom(origin, host) {
  return origin === undefined || origin === `${identity ? 'https' : 'http'}://${host}`;
}

function attend(member, path) {
  console.log('joined', path, member.extensions || 'none');
  const room = rooms.get(path) || new Set();
  rooms.set(path, room.add(member));
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
}

function listenOverHttp1() {
  const below = identity ? https.createServer({ key: identity, cert: identity }) : http.createServer();
  below.on('request', (request, response) => response.end('<!doctype html><title>A room</title>'));
  const server = new WebSocketServer({
    server: below.listen(0, '127.0.0.1'),
    perMessageDeflate: deflate && { threshold: 0 },
    handleProtocols: () => false,
    verifyClient: ({ origin, req }, answer) => answer(mayComeFrom(origin, req.headers.host), 403, 'this origin may not come in'),
  });
  server.on('connection', (member, request) => attend(member, request.url));
  return below;
}

function listenOverHttp2() {
  const answer = (head) => {
    if (head[':method'] === 'GET') return head[':path'] === '/' ? 200 : 404;
    if (head[':method'] !== 'CONNECT') return 405;
    if (head[':protocol'].toLowerCase() !== 'websocket') return 501;
    if (head['sec-websocket-version'] !== '13') return 426;
    return mayComeFrom(head.origin, head[':authority']) ? 200 : 403;
  };
  return overHttp2.createServer({ identity, deflate, answer, attend });
}

const listening = process.argv[2] === 'http2' ? listenOverHttp2() : listenOverHttp1();
listening.on('listening', () => console.log(listening.address().port));
