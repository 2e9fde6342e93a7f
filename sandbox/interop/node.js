'use strict';
// npm's wechatpay-axios-plugin against a running sandbox: `node node.js FOLDER`. One line for each step; ends with status 1
// if any of them fails.

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { createReadStream, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Aes: { AesGcm }, Decorator, Formatter, Wechatpay } = require('wechatpay-axios-plugin');
const { Receiver } = require('./receiver');
const { Sandbox } = require('./sandbox');

const [home] = process.argv.slice(2);
if (!home) {
  console.error('usage: node node.js FOLDER; sandbox/interop/run makes the folder and starts the sandbox');
  process.exit(2);
}

const ORDER = 'INTEROP-20260131-1';
const PICTURE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const platform = (sandbox) => ({
  [sandbox.key('wxp_key_id.txt')]: sandbox.key('wxp_pub.pem'),
  [sandbox.key('plat_serial.txt')]: sandbox.key('plat_cert.pem'),
});

/** A client of the package; `headers` go with each of its requests. */
function clientOf(sandbox, headers = {}) {
  return new Wechatpay({
    baseURL: sandbox.url,
    mchid: sandbox.key('mchid.txt'),
    serial: sandbox.key('mch_serial.txt'),
    privateKey: `file://${sandbox.path('mch_key.pem')}`,
    certs: platform(sandbox),
    httpsAgent: sandbox.httpsAgent,
    // A proxy of the environment is no concern of an address on this machine.
    proxy: false,
    timeout: 30_000,
    headers,
  });
}

/**
 * Downloads the platform's certificates, opens them, and holds the answer against them, all with the package's functions.
 * Its own command `wxpay crt` cannot: version 0.9.6 verifies with a copy of `certs` that it made before.
 */
async function certificates({ sandbox, client }) {
  const certs = {};
  const open = (body) => {
    for (const { serial_no: serial, encrypt_certificate: sealed } of JSON.parse(body).data) {
      const { ciphertext, nonce, associated_data: aad } = sealed;
      certs[serial] = AesGcm.decrypt(ciphertext, sandbox.key('apiv3_key.txt'), nonce, aad).trim();
    }
    return body;
  };
  await client.v3.certificates.get({ transformResponse: [open, Decorator.responseVerifier(certs), JSON.parse] });
  assert.deepEqual(certs, { [sandbox.key('plat_serial.txt')]: sandbox.key('plat_cert.pem') });
  return Object.keys(certs).join();
}

async function prepay({ sandbox, client, receiver }) {
  const { data } = await client.v3.pay.transactions.jsapi.post({
    appid: 'wxd678efh567hg6787',
    mchid: sandbox.key('mchid.txt'),
    description: '互操作测试',
    out_trade_no: ORDER,
    notify_url: receiver.url,
    amount: { total: 100, currency: 'CNY' },
    payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  });
  assert.match(data.prepay_id, /^wx/);
  return data.prepay_id;
}

async function query({ sandbox, client }) {
  const { data } = await client.v3.pay.transactions.outTradeNo.$out_trade_no$.get({
    params: { mchid: sandbox.key('mchid.txt') }, out_trade_no: ORDER,
  });
  assert.deepEqual([data.out_trade_no, data.amount.total], [ORDER, 100]);
  return data.trade_state;
}

async function paid(all) {
  await all.sandbox.pay(ORDER);
  const told = await all.receiver.next('TRANSACTION.SUCCESS');
  assert.deepEqual([told.out_trade_no, told.trade_state, told.amount.total], [ORDER, 'SUCCESS', 100]);
  assert.equal(await query(all), 'SUCCESS');
  return `notified of ${told.transaction_id}`;
}

async function punch({ client }) {
  const { status, data } = await client.v3.taxiInvoice.attendance.punch.post({
    plate_number: '粤B12345',
    driver_license: '6298416',
    event_time: '2019-12-01T12:00:00.000+08:00',
    event_type: 'SIGN_IN',
    region_id: 510100,
  });
  assert.deepEqual([status, data], [204, '']);
  return status;
}

async function upload({ sandbox, client }) {
  const file = join(sandbox.home, 'picture.png');
  writeFileSync(file, PICTURE);
  const meta = { filename: 'picture.png', sha256: createHash('sha256').update(PICTURE).digest('hex') };
  const { data } = await client.v3.merchant.media.upload.post(
    { meta: JSON.stringify(meta), file: createReadStream(file) },
    { meta, headers: { 'Content-Type': 'multipart/form-data' } },
  );
  assert.ok(data.media_id);
  return `${data.media_id.slice(0, 12)}...`;
}

async function refund({ client, receiver }) {
  const { data } = await client.v3.refund.domestic.refunds.post({
    out_trade_no: ORDER,
    out_refund_no: `${ORDER}-R`,
    notify_url: receiver.url,
    amount: { refund: 30, total: 100, currency: 'CNY' },
  });
  assert.deepEqual([data.status, data.amount.refund], ['PROCESSING', 30]);
  const told = await receiver.next('REFUND.SUCCESS');
  assert.deepEqual([told.out_refund_no, told.refund_status], [`${ORDER}-R`, 'SUCCESS']);
  return `notified of ${told.refund_id}`;
}

async function bill({ client }) {
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const { data } = await client.v3.bill.tradebill.get({ params: { bill_date: day, bill_type: 'ALL' } });
  const { pathname, searchParams } = new URL(data.download_url);
  const file = await client.chain(pathname.slice(1)).get({ params: searchParams, responseType: 'arraybuffer' });
  assert.equal(createHash('sha1').update(file.data).digest('hex'), data.hash_value);
  const { rows, summary } = Formatter.castCsvBill(file.data);
  assert.deepEqual(rows.map((row) => [row['商户订单号'], row['交易状态']]), [[ORDER, 'SUCCESS'], [ORDER, 'REFUND']]);
  assert.match(rows[0]['交易时间'], /^\d{4}-\d\d-\d\d /);
  assert.deepEqual([summary['应结订单总金额'], summary['退款总金额']], ['1.00', '0.30']);
  return `${file.data.length} bytes, ${rows.length} rows`;
}

async function refused({ client }) {
  const order = { out_trade_no: ORDER, amount: { total: 'much' } };
  const error = await client.v3.pay.transactions.jsapi.post(order).then(() => assert.fail('it was accepted'), (it) => it);
  assert.deepEqual([error.response?.status, error.response?.data.code], [400, 'PARAM_ERROR']);
  return error.response.data.message;
}

/** The sandbox agrees that each notification was received, the first time it was sent. */
async function received({ sandbox }) {
  const sent = await sandbox.notifications();
  const seen = sent.map(({ event_type: type, state, attempts }) => [type, state, attempts.map(({ status }) => status)]);
  const expected = ['TRANSACTION.SUCCESS', 'REFUND.SUCCESS'].map((type) => [type, 'received', [204]]);
  assert.deepEqual(seen, expected);
  return sent.map(({ id }) => id).join();
}

async function run() {
  const sandbox = new Sandbox(home);
  const receiver = await Receiver.start(platform(sandbox), sandbox.key('apiv3_key.txt'));
  const client = clientOf(sandbox);
  const all = { sandbox, receiver, client };
  const steps = {
    certificates: () => certificates(all),
    prepay: () => prepay(all),
    'prepay again': () => prepay(all),
    query: () => query(all),
    pay: () => paid(all),
    // As merchants do who have WeChat Pay's public key: the request names it, and the answer is signed with it.
    'query by public key': () => query({
      ...all, client: clientOf(sandbox, { 'Wechatpay-Serial': sandbox.key('wxp_key_id.txt') }),
    }),
    punch: () => punch(all),
    upload: () => upload(all),
    refund: () => refund(all),
    bill: () => bill(all),
    refused: () => refused(all),
    received: () => received(all),
  };
  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    try {
      console.log(`ok      ${name.padEnd(20)} ${await step()}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name.padEnd(20)} ${error.message}`, error.response?.data ?? '');
    }
  }
  receiver.stop();
  console.log(`${Object.keys(steps).length - failed} of ${Object.keys(steps).length} steps`);
  process.exitCode = failed ? 1 : 0;
}

run();
