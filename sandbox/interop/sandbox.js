'use strict';
// The sandbox as a process of its own, with keys of its own, and the control API, by which its user pays.

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { createInterface } = require('node:readline');

class Sandbox {
  /** Makes keys, starts the program, and waits for the line in which it says where it listens. */
  static async start(program, flags) {
    const home = mkdtempSync(join(tmpdir(), 'wechatpay-interop-'));
    const keys = join(home, 'keys');
    execFileSync(program, ['--init', keys]);
    const child = spawn(program, ['--keys', keys, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      ended.then(([code]) => { throw new Error(`the sandbox ended with status ${code}`); }),
    ]);
    return new Sandbox({ home, keys, child, ended, ...JSON.parse(line[0]) });
  }

  constructor(parts) { Object.assign(this, parts); }

  /** The path of a key file. */
  path(file) { return join(this.keys, file); }

  /** What stands in a key file. */
  key(file) { return readFileSync(this.path(file), 'utf8').trim(); }

  /** With --tls: an agent that trusts the sandbox's authority, and no other. */
  get httpsAgent() {
    return existsSync(this.path('tls_ca.pem')) ? new https.Agent({ ca: this.key('tls_ca.pem') }) : undefined;
  }

  /** Pays an order, as its user would. */
  async pay(outTradeNo) {
    const { request } = this.url.startsWith('https') ? https : http;
    const call = request(`${this.control.url}/orders/${outTradeNo}/pay`, {
      method: 'POST', agent: this.httpsAgent, headers: { Authorization: `Bearer ${this.control.token}` },
    });
    const [answer] = await once(call.end(), 'response');
    answer.resume();
    if (answer.statusCode !== 200) throw new Error(`paying ${outTradeNo} was answered ${answer.statusCode}`);
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.home, { recursive: true });
  }
}

module.exports = { Sandbox };
