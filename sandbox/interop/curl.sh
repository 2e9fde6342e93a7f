#!/usr/bin/env bash
# curl and openssl against a running sandbox, with the functions that CLIENTS.md prints: `bash curl.sh FOLDER`. One line for
# each step; ends with status 1 if any of them fails.
set -euo pipefail
if [ $# != 1 ]; then
  echo 'usage: bash curl.sh FOLDER; sandbox/interop/run makes the folder and starts the sandbox' >&2
  exit 2
fi
home=$1
export no_proxy=127.0.0.1 TMPDIR=$home

# What stands in the JSON on standard input under these keys, one within the other.
value() {
  python3 -c 'import functools, json, sys; print(functools.reduce(dict.get, sys.argv[1:], json.load(sys.stdin)))' "$@"
}
said() { value "$@" <"$home/said.json"; }

# The page's own words; it speaks of the folder `keys` and a port of its own.
source <(sed -n '/^```bash$/,/^```$/{/^```/!p}' "$(dirname "$0")/../CLIENTS.md")
gateway=$(said url) keys=$home/keys
case $gateway in https:*) export CURL_CA_BUNDLE=$keys/tls_ca.pem ;; esac
order=INTEROP-20260131-3

prepay() {
  call POST /v3/pay/transactions/jsapi '{"appid": "wxd678efh567hg6787", "mchid": "'"$(cat "$keys/mchid.txt")"'",
    "description": "互操作测试", "out_trade_no": "'$order'", "notify_url": "https://shop.example/notify",
    "amount": {"total": 100, "currency": "CNY"}, "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}' |
    value prepay_id
}

query() { call GET "/v3/pay/transactions/out-trade-no/$order?mchid=$(cat "$keys/mchid.txt")" | value trade_state; }

punch() {
  call POST /v3/taxi-invoice/attendance/punch '{"plate_number": "粤B12345", "driver_license": "6298416",
    "event_time": "2019-12-01T12:00:00.000+08:00", "event_type": "SIGN_IN", "region_id": 510100}'
  status 204
}

refund() {
  call POST /v3/refund/domestic/refunds '{"out_trade_no": "'$order'", "out_refund_no": "'$order'-R",
    "amount": {"refund": 30, "total": 100, "currency": "CNY"}}' | value status
}

# The file is not signed: its digest is, in the answer that names it.
bill() {
  local day told url
  day=$(python3 -c 'from datetime import *; print(datetime.now(timezone(timedelta(hours=8))).date())')
  told=$(call GET "/v3/bill/tradebill?bill_date=$day&bill_type=ALL")
  url=$(value download_url <<<"$told")
  send GET "${url#"$gateway"}"
  [ "$(openssl dgst -sha1 -r "$answer/body" | cut -d' ' -f1)" = "$(value hash_value <<<"$told")" ]
  grep --count "$order" "$answer/body"
}

refused() {
  call POST /v3/pay/transactions/jsapi '{"amount": {"total": "much"}}' | value message
  status 400
}

# Whoever has another key is told so, and an answer that somebody changed is not genuine.
forged() {
  openssl genrsa 2048 >"$home/other.pem" 2>/dev/null
  mkdir "$home/other"
  cp "$keys"/*.txt "$keys/wxp_pub.pem" "$home/other"
  cp "$home/other.pem" "$home/other/mch_key.pem"
  (keys=$home/other && call GET /v3/certificates) | value code
  status 401
  printf ' ' >>"$answer/body"
  ! verified 2>/dev/null
}

status() { head -1 "$answer/head" | grep --quiet " $1 " && printf '%s ' "$1"; }

pay() {
  curl --silent --show-error --fail --request POST --header "Authorization: Bearer $(said control token)" \
    "$(said control url)/orders/$order/pay" | value trade_state
}

steps=(prepay query pay query punch refund bill refused forged)
failed=0
for step in "${steps[@]}"; do
  set +e
  shown=$(set -e; "$step" 2>&1)
  result=$?
  set -e
  if [ $result = 0 ]; then
    printf 'ok      %-20s %s\n' "$step" "$(tr '\n' ' ' <<<"$shown")"
  else
    failed=$((failed + 1))
    printf 'FAILED  %-20s %s\n' "$step" "$shown"
  fi
done
echo "$((${#steps[@]} - failed)) of ${#steps[@]} steps"
[ $failed = 0 ]
