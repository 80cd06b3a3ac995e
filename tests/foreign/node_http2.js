// WebSockets of Node's ws on streams of Node's http2 (RFC 8441). ws knows nothing of HTTP/2: this does the handshakes and hands
// ws the stream as its socket, through what ws 8 has for its own handshakes (setSocket, and the extension by itself).
'use strict';

const { once } = require('events');
const http2 = require('http2');
const path = require('path');
const WebSocket = require('ws');

// ws does not export these: they are asked for by where they lie.
const inside = path.join(path.dirname(require.resolve('ws')), 'lib');
const { parse, format } = require(path.join(inside, 'extension.js'));
const PerMessageDeflate = require(path.join(inside, 'permessage-deflate.js'));

const DEFLATE = PerMessageDeflate.extensionName;
const LONGEST = 1024 * 1024; // bytes of a message; whoever takes less looks at it himself

function carry(stream, isServer, deflate) {
  const socket = new WebSocket(null);
  socket._isServer = isServer; // who masks
  if (deflate) socket._extensions = { [DEFLATE]: deflate };
  stream.setNoDelay = () => {}; // all that ws wants of a socket and a stream has not
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: LONGEST, skipUTF8Validation: false });
  return socket;
}

// One HTTP/2 connection of a client.
async function connect(origin) {
  const session = http2.connect(origin);
  await once(session, 'remoteSettings');
  if (!session.remoteSettings.enableConnectProtocol) throw new Error('the server announces no extended CONNECT');
  return session;
}

// Takes what ws takes, and fails as ws does.
async function open(session, target, protocols, { perMessageDeflate, origin }) {
  const deflate = perMessageDeflate && new PerMessageDeflate(perMessageDeflate === true ? {} : perMessageDeflate, false, LONGEST);
  const head = { ':method': 'CONNECT', ':protocol': 'websocket', ':path': target, 'sec-websocket-version': '13' };
  if (deflate) head['sec-websocket-extensions'] = format({ [DEFLATE]: deflate.offer() });
  if (protocols.length > 0) head['sec-websocket-protocol'] = protocols.join(', ');
  if (origin) head.origin = origin;
  const stream = session.request(head, { endStream: false });
  const answer = await new Promise((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('the stream was closed without a response')));
  });
  const refuse = (why) => {
    stream.close();
    throw new Error(why);
  };
  if (answer[':status'] !== 200) refuse(`Unexpected server response: ${answer[':status']}`);
  if (protocols.length > 0 && !answer['sec-websocket-protocol']) refuse('Server sent no subprotocol');
  const agreed = answer['sec-websocket-extensions'];
  if (agreed && !deflate) refuse('an extension that was not asked for');
  if (agreed) deflate.accept(parse(agreed)[DEFLATE]);
  return carry(stream, false, agreed ? deflate : null);
}

// A server on a free port. `answer(head)` gives the status of an ordinary request, or of a WebSocket's: 200 lets it in, and
// attend(socket, path) takes it.
function createServer({ identity, deflate, answer, attend }) {
  // Few streams on a connection, so that a client with many members has to open several.
  const settings = { enableConnectProtocol: true, maxConcurrentStreams: 20 };
  const server = identity
    ? http2.createSecureServer({ key: identity, cert: identity, settings })
    : http2.createServer({ settings });
  server.on('stream', (stream, head) => {
    const status = answer(head);
    stream.on('error', () => {}); // whoever vanishes is gone
    if (status !== 200 || head[':method'] !== 'CONNECT') {
      stream.respond({ ':status': status, 'content-type': 'text/html' });
      stream.end(status === 200 ? '<!doctype html><title>A room</title>' : 'no');
      return;
    }
    const response = { ':status': 200 };
    let agreed = null;
    const offered = head['sec-websocket-extensions'];
    const offers = offered && parse(offered)[DEFLATE];
    if (deflate && offers) {
      agreed = new PerMessageDeflate({ threshold: 0 }, true, LONGEST);
      response['sec-websocket-extensions'] = format({ [DEFLATE]: [agreed.accept(offers)] });
    }
    stream.respond(response);
    attend(carry(stream, true, agreed), head[':path']);
  });
  return server.listen(0, '127.0.0.1');
}

module.exports = { connect, open, createServer };
