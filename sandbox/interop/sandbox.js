'use strict';
// A sandbox that `sandbox/interop/run` has started: its keys, and its control API, by which its user pays.

const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { join } = require('node:path');

class Sandbox {
  /** `home` holds the key folder and `said.json`, the line in which the sandbox says where it listens. */
  constructor(home) {
    Object.assign(this, JSON.parse(readFileSync(join(home, 'said.json'), 'utf8')), { home });
  }

  /** The path of a key file. */
  path(file) { return join(this.home, 'keys', file); }

  /** What stands in a key file. */
  key(file) { return readFileSync(this.path(file), 'utf8').trim(); }

  get isTls() { return this.url.startsWith('https:'); }

  /** With --tls: an agent that trusts the sandbox's authority, and no other. */
  get httpsAgent() { return this.isTls ? new https.Agent({ ca: this.key('tls_ca.pem') }) : undefined; }

  /** Pays an order, as its user would. */
  async pay(outTradeNo) { await this.ask('POST', `/orders/${outTradeNo}/pay`); }

  /** What it has sent, with each attempt. */
  async notifications() { return (await this.ask('GET', '/notifications')).notifications; }

  async ask(method, path) {
    const { request } = this.isTls ? https : http;
    const call = request(this.control.url + path, {
      method, agent: this.httpsAgent, headers: { Authorization: `Bearer ${this.control.token}` },
    });
    const [answer] = await once(call.end(), 'response');
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} was answered ${answer.statusCode}: ${body}`);
    return JSON.parse(body);
  }
}

module.exports = { Sandbox };
