// What each fault does, in a sentence, and what its fields mean.

export const ABOUT = {
  tampered_body: "The body is changed after it was signed.",
  wrong_signature: "The signature is well-formed, but over something else.",
  wrong_serial: "Wechatpay-Serial names a key that nobody has.",
  wrong_signature_type: "Wechatpay-Signature-Type names another scheme.",
  stale_timestamp: "The answer was signed some time ago.",
  future_timestamp: "The answer is signed for a time to come.",
  missing_header: "One header is left out.",
  unsigned: "All signature headers are left out.",
  signature_probe: "The signature is a probe (签名探测流量): WECHATPAY/SIGNTEST/ and nonsense. A client must refuse it.",
  status: "An APIv3 error of your choice, signed.",
  too_many_requests: "429 FREQUENCY_LIMITED (频率超限) with Retry-After.",
  internal_error: "500 SYSTEM_ERROR (系统错误).",
  bad_gateway: "502 with HTML, unsigned, as proxies give.",
  unsigned_status: "A status and body of your choice, unsigned.",
  empty_body: "200 without a body.",
  garbage_json: "200 with the beginning of a JSON object.",
  body: "200 with a body of your choice.",
  oversized_body: "200 with a very large body.",
  extra_keys: "Every object of the answer has a key that no schema knows. A client must not mind.",
  redirect: "307 to another address. A client must not follow.",
  truncated_body: "The connection closes in the middle of the body.",
  reset_before_read: "The connection is reset before the request is read: nothing was carried out.",
  reset_after_read: "The connection is reset after the request was carried out: the client cannot know.",
  slow_headers: "A wait before the answer.",
  slow_body: "A wait in the middle of the body.",
};

export const NUMBERS = new Set(["seconds", "status", "bytes", "milliseconds"]);
