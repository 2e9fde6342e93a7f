"""PyPI's wechatpayv3 against a running sandbox: `python python.py FOLDER`.

One line for each step; ends with status 1 if any of them fails.
"""

import gzip
import hashlib
import json
import os
import queue
import shutil
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.type import RequestType

ORDER = "INTEROP-20260131-2"
PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


class Sandbox:
    """A sandbox that `sandbox/interop/run` has started; `home` holds its keys and what it said."""

    def __init__(self, home):
        self.home, self.keys = home, home / "keys"
        said = json.loads((home / "said.json").read_text())
        self.url, self.control = said["url"], said["control"]

    def key(self, name):
        return (self.keys / name).read_text().strip()

    def pay(self, out_trade_no):
        """Pays an order, as its user would."""
        self.ask("POST", f"/orders/{out_trade_no}/pay")

    def notifications(self):
        """What it has sent, with each attempt."""
        return self.ask("GET", "/notifications")["notifications"]

    def ask(self, method, path):
        token = {"Authorization": f"Bearer {self.control['token']}"}
        answer = requests.request(method, self.control["url"] + path, headers=token, timeout=30)
        answer.raise_for_status()
        return answer.json()


def client(sandbox, **platform):
    """A client of the package. It has no setting for the gateway's address, so that is put in afterwards."""
    wxpay = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=sandbox.key("mchid.txt"),
        private_key=sandbox.key("mch_key.pem"),
        cert_serial_no=sandbox.key("mch_serial.txt"),
        appid="wxd678efh567hg6787",
        apiv3_key=sandbox.key("apiv3_key.txt"),
        timeout=30,
        **platform,
    )
    wxpay._core._gate_way = sandbox.url
    return wxpay


class Receiver(ThreadingHTTPServer):
    """A merchant's server at the notify_url."""

    def __init__(self, wxpay):
        super().__init__(("127.0.0.1", 0), Notified)
        self.wxpay, self.received = wxpay, queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/notify"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def next(self, event_type):
        told = self.received.get(timeout=30)
        assert told and told["event_type"] == event_type, told
        return told["resource"]


class Notified(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = self.server.wxpay.callback(self.headers, body)
        self.send_response(204 if told else 401)
        self.end_headers()
        self.server.received.put(told)

    def log_message(self, *_):
        """Says nothing."""


def answered(answer, status=200):
    code, text = answer
    assert code == status, f"{code}: {text}"
    return json.loads(text) if text else None


def certificates(at):
    """As a client does that has none: it downloads and opens them. Here it may ask the sandbox for them."""
    at.wxpay._core._update_certificates()
    serials = [f"{certificate.serial_number:X}" for certificate in at.wxpay._core._certificates]
    assert serials == [at.sandbox.key("plat_serial.txt").lstrip("0")], serials
    return serials[0]


def prepay(at):
    told = answered(at.wxpay.pay(
        description="互操作测试",
        out_trade_no=ORDER,
        amount={"total": 100, "currency": "CNY"},
        payer={"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        notify_url=at.receiver.url,
    ))
    return told["prepay_id"]


def query(at):
    told = answered(at.wxpay.query(out_trade_no=ORDER))
    assert (told["out_trade_no"], told["amount"]["total"]) == (ORDER, 100), told
    return told["trade_state"]


def pay(at):
    at.sandbox.pay(ORDER)
    told = at.receiver.next("TRANSACTION.SUCCESS")
    assert (told["out_trade_no"], told["trade_state"]) == (ORDER, "SUCCESS"), told
    assert query(at) == "SUCCESS"
    return f"notified of {told['transaction_id']}"


def query_by_certificate(at):
    """As merchants do who have no public key of WeChat Pay; the package reads certificates from a folder."""
    folder = at.sandbox.home / "certificates"
    folder.mkdir()
    shutil.copy(at.sandbox.keys / "plat_cert.pem", folder)
    told = answered(client(at.sandbox, cert_dir=str(folder)).query(out_trade_no=ORDER))
    return told["trade_state"]


def punch(at):
    body = {
        "plate_number": "粤B12345",
        "driver_license": "6298416",
        "event_time": "2019-12-01T12:00:00.000+08:00",
        "event_type": "SIGN_IN",
        "region_id": 510100,
    }
    # The package has no function for it.
    answered(at.wxpay._core.request("/v3/taxi-invoice/attendance/punch", RequestType.POST, body), 204)
    return 204


def upload(at):
    file = at.sandbox.home / "picture.png"
    file.write_bytes(PICTURE)
    return f"{answered(at.wxpay.image_upload(str(file)))['media_id'][:12]}..."


def refund(at):
    told = answered(at.wxpay.refund(
        out_refund_no=f"{ORDER}-R",
        out_trade_no=ORDER,
        amount={"refund": 30, "total": 100, "currency": "CNY"},
        notify_url=at.receiver.url,
    ))
    assert told["status"] == "PROCESSING", told
    told = at.receiver.next("REFUND.SUCCESS")
    assert (told["out_refund_no"], told["refund_status"]) == (f"{ORDER}-R", "SUCCESS"), told
    return f"notified of {told['refund_id']}"


def bill(at):
    day = datetime.now(timezone(timedelta(hours=8))).strftime("%Y-%m-%d")
    told = answered(at.wxpay.trade_bill(day))
    status, packed = at.wxpay.download_bill(told["download_url"])
    file = gzip.decompress(packed)
    assert (status, hashlib.sha1(file).hexdigest()) == (200, told["hash_value"])
    lines = file.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("交易时间,") and all(ORDER in line for line in lines[1:3]), lines
    return f"{len(packed)} bytes packed, {len(lines) - 3} rows"


def refused(at):
    told = answered(at.wxpay.query(out_trade_no="UNKNOWN-NUMBER"), 404)
    assert told["code"] == "ORDER_NOT_EXIST", told
    return told["message"]


def received(at):
    """The sandbox agrees that each notification was received, the first time it was sent."""
    sent = at.sandbox.notifications()
    seen = [(it["event_type"], it["state"], [attempt["status"] for attempt in it["attempts"]]) for it in sent]
    assert seen == [(event, "received", [204]) for event in ("TRANSACTION.SUCCESS", "REFUND.SUCCESS")], seen
    return ",".join(str(it["id"]) for it in sent)


class All:
    """What the steps work with."""

    def __init__(self, home):
        self.sandbox = Sandbox(home)
        os.environ["NO_PROXY"] = "127.0.0.1"
        if self.sandbox.url.startswith("https:"):
            os.environ["REQUESTS_CA_BUNDLE"] = str(self.sandbox.keys / "tls_ca.pem")
        key, key_id = self.sandbox.key("wxp_pub.pem"), self.sandbox.key("wxp_key_id.txt")
        self.wxpay = client(self.sandbox, public_key=key, public_key_id=key_id)
        self.receiver = Receiver(self.wxpay)


def main(home):
    at = All(Path(home))
    steps = [
        certificates, prepay, query, pay, query_by_certificate, punch, upload, refund, bill, refused, received,
    ]
    failed = 0
    for step in steps:
        name = step.__name__.replace("_", " ")
        try:
            print(f"ok      {name:<20} {step(at)}", flush=True)
        except Exception as error:  # whatever it is, the other steps are tried too
            failed += 1
            print(f"FAILED  {name:<20} {error!r}", flush=True)
    print(f"{len(steps) - failed} of {len(steps)} steps")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python python.py FOLDER; sandbox/interop/run makes the folder and starts the sandbox")
    sys.exit(main(sys.argv[1]))
