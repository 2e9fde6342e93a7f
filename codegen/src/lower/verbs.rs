//! How operations are named: a verb first, said aloud in a breath, not spelled from the path.

use super::names::Refusal;

/// The words an operation's name may start with. Add the one you miss, in its place.
const VERBS: &[&str] = &[
    "abort",
    "accept",
    "activate",
    "add",
    "adjust",
    "agree",
    "allocate",
    "append",
    "apply",
    "approve",
    "arrange",
    "assess",
    "assign",
    "associate",
    "authenticate",
    "authorize",
    "bill",
    "bind",
    "block",
    "book",
    "broadcast",
    "build",
    "buy",
    "calculate",
    "call",
    "cancel",
    "capture",
    "certify",
    "change",
    "charge",
    "check",
    "claim",
    "clear",
    "close",
    "collect",
    "combine",
    "commit",
    "compensate",
    "complete",
    "configure",
    "confirm",
    "connect",
    "consume",
    "convert",
    "copy",
    "correct",
    "count",
    "create",
    "credit",
    "deactivate",
    "debit",
    "declare",
    "decline",
    "decrypt",
    "deduct",
    "delete",
    "deliver",
    "deposit",
    "detach",
    "disable",
    "disassociate",
    "dispatch",
    "distribute",
    "donate",
    "download",
    "echo",
    "edit",
    "enable",
    "encrypt",
    "end",
    "enroll",
    "estimate",
    "evaluate",
    "exchange",
    "execute",
    "expire",
    "export",
    "extend",
    "fetch",
    "fill",
    "find",
    "finish",
    "forward",
    "freeze",
    "generate",
    "get",
    "give",
    "grant",
    "handle",
    "hold",
    "import",
    "increase",
    "insert",
    "inspect",
    "invalidate",
    "invite",
    "invoke",
    "issue",
    "join",
    "launch",
    "leave",
    "link",
    "list",
    "load",
    "locate",
    "lock",
    "log",
    "look",
    "make",
    "manage",
    "mark",
    "match",
    "merge",
    "migrate",
    "modify",
    "move",
    "negotiate",
    "notify",
    "offer",
    "open",
    "opt",
    "order",
    "parse",
    "pass",
    "patch",
    "pause",
    "pay",
    "ping",
    "place",
    "post",
    "preauthorize",
    "prebind",
    "precheck",
    "preopen",
    "preorder",
    "prepare",
    "prepay",
    "presend",
    "presign",
    "preview",
    "print",
    "process",
    "provide",
    "publish",
    "pull",
    "punch",
    "purchase",
    "push",
    "put",
    "query",
    "quit",
    "raise",
    "reactivate",
    "read",
    "rebind",
    "receive",
    "recharge",
    "recommend",
    "reconcile",
    "record",
    "recover",
    "recreate",
    "redeclare",
    "redeem",
    "redirect",
    "reduce",
    "refresh",
    "refund",
    "refuse",
    "register",
    "reject",
    "relate",
    "release",
    "relieve",
    "remind",
    "remit",
    "remove",
    "rename",
    "renew",
    "reopen",
    "repay",
    "repeat",
    "replace",
    "reply",
    "report",
    "request",
    "require",
    "resend",
    "reserve",
    "reset",
    "resolve",
    "respond",
    "restart",
    "restore",
    "restrict",
    "resubmit",
    "resume",
    "retract",
    "retrieve",
    "retry",
    "return",
    "reverse",
    "review",
    "revise",
    "revoke",
    "reward",
    "roll",
    "rotate",
    "run",
    "save",
    "scan",
    "schedule",
    "search",
    "select",
    "sell",
    "send",
    "set",
    "settle",
    "share",
    "show",
    "sign",
    "simulate",
    "split",
    "start",
    "stop",
    "submit",
    "subscribe",
    "subtract",
    "supply",
    "suspend",
    "switch",
    "sync",
    "synchronize",
    "take",
    "terminate",
    "test",
    "tip",
    "top",
    "track",
    "transfer",
    "transform",
    "trigger",
    "unassociate",
    "unbind",
    "unblock",
    "undo",
    "unfreeze",
    "unlink",
    "unlock",
    "unregister",
    "unsign",
    "unsubscribe",
    "update",
    "upgrade",
    "upload",
    "use",
    "validate",
    "verify",
    "view",
    "void",
    "wait",
    "withdraw",
    "write",
];

/// Words that end in a digit and still say something.
const NUMBERED_WORDS: [&str; 6] = ["h5", "sm3", "sha256", "v2", "v3", "base64"];

/// Refuses a name that starts with no verb or ends in a number.
pub(super) fn check(name: &str) -> Result<(), Refusal> {
    let first = name.split('_').next().unwrap_or_default();
    if !VERBS.contains(&first) {
        return Err((
            format!("`{name}` starts with no verb"),
            "start with one, like `get_driver`; codegen/src/lower/verbs.rs lists them and takes more".to_owned(),
        ));
    }
    if ends_in_number(name) {
        return Err((
            format!("`{name}` ends in a number, which says nothing"),
            "say what sets it apart".to_owned(),
        ));
    }
    Ok(())
}

/// Whether the last word of a name in snake case is numbered without being a word of its own.
pub(super) fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or_default();
    name.ends_with(|c: char| c.is_ascii_digit()) && !NUMBERED_WORDS.contains(&last)
}

/// Refuses a name that spells a field of the path, other than behind its one `_by_`.
pub(super) fn check_path(name: &str, path: &str) -> Result<(), Refusal> {
    let (said, by) = name.split_once("_by_").unwrap_or((name, ""));
    let fields = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let spelled = fields
        .filter(|field| field.contains('_'))
        .find(|field| format!("_{said}_").contains(&format!("_{field}_")));
    match spelled {
        _ if by.contains("_by_") => Err((
            format!("`{name}` says twice by what"),
            "one `_by_` is enough: name the field that sets it apart from its sibling".to_owned(),
        )),
        Some(field) => Err((
            format!("`{name}` spells `{field}`, a field of its path"),
            "say what it does; if there is a sibling, end in `_by_` and what it goes by".to_owned(),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_stand_once_and_in_order() {
        assert!(VERBS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn names_are_said_and_not_spelled() {
        for name in ["get_driver", "prepay_h5", "list_orders", "move"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["driver", "native_prepay", "get_order_2", "list_v22", "post2"] {
            assert!(check(name).is_err(), "{name}");
        }
        let path = "/v3/orders/out-trade-no/{out_trade_no}/{id}";
        for name in ["get_order", "get_order_by_out_trade_no", "get_order_by_id", "get_id"] {
            assert_eq!(check_path(name, path), Ok(()), "{name}");
        }
        for name in ["get_out_trade_no", "close_out_trade_no_order", "get_by_x_by_y"] {
            assert!(check_path(name, path).is_err(), "{name}");
        }
    }
}
