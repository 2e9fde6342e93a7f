'use strict';
// A merchant's server at the notify_url. It verifies and opens what comes with nothing but the package's own functions.

const { EventEmitter, once } = require('node:events');
const { createServer } = require('node:http');
const { Aes: { AesGcm }, Formatter, Rsa } = require('wechatpay-axios-plugin');

class Receiver {
  /** Trusts these keys of the platform, by serial number, and opens with this APIv3 key. */
  static async start(certs, secret) {
    const receiver = new Receiver(certs, secret);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  constructor(certs, secret) {
    Object.assign(this, { certs, secret, received: new Map(), heard: new EventEmitter() });
    this.server = createServer((request, response) => this.answer(request, response));
  }

  get url() { return `http://127.0.0.1:${this.server.address().port}/notify`; }

  /** The notification of this type: what it carries. */
  async next(eventType) {
    if (!this.received.has(eventType)) {
      await once(this.heard, eventType, { signal: AbortSignal.timeout(30_000) });
    }
    const { resource, refusal } = this.received.get(eventType);
    if (refusal) throw refusal;
    return resource;
  }

  stop() { this.server.close(); }

  async answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const outcome = this.open(request.headers, body);
    response.writeHead(outcome.refusal ? 401 : 204).end();
    this.received.set(outcome.type, outcome);
    this.heard.emit(outcome.type);
  }

  open(headers, body) {
    const [serial, time, nonce, signature] = ['serial', 'timestamp', 'nonce', 'signature']
      .map((name) => headers[`wechatpay-${name}`]);
    const { event_type: type, resource } = JSON.parse(body);
    try {
      if (Math.abs(Formatter.timestamp() - time) > 300) throw new Error(`it is stamped ${time}`);
      if (!this.certs[serial]) throw new Error(`nobody knows the key ${serial}`);
      if (!Rsa.verify(Formatter.response(time, nonce, body), signature, Rsa.from(this.certs[serial], 'public'))) {
        throw new Error('the signature is wrong');
      }
      const plain = AesGcm.decrypt(resource.ciphertext, this.secret, resource.nonce, resource.associated_data);
      return { type, resource: JSON.parse(plain) };
    } catch (error) {
      return { type, refusal: new Error(`${type}: ${error.message}`) };
    }
  }
}

module.exports = { Receiver };
