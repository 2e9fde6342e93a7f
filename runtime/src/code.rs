//! Error codes of the platform that several products share.
//!
//! The set is open: compare with [`Error::is_code`](crate::Error::is_code), and let a code that is not here be an error
//! like any other. Some codes have two spellings, depending on the product's age; `is_code` takes them as one.
//!
//! ```
//! use wechatpay_runtime::{Error, code};
//!
//! fn is_done_already(error: &Error) -> bool {
//!     error.is_code(code::ORDER_PAID) || error.is_code(code::ALREADY_EXISTS)
//! }
//! ```

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        $($(#[doc = $doc])+ pub const $name: &str = stringify!($name);)+

        #[cfg(test)]
        const ALL: &[&str] = &[$($name),+];
    };
}

codes! {
    /// 400: a parameter breaks its rule; [`ErrorDetail`](crate::ErrorDetail) says which.
    PARAM_ERROR,
    /// 400: the request breaks a rule of HTTP, of the protocol, or of the business.
    INVALID_REQUEST,
    /// 400: the application and the merchant are not bound to each other.
    APPID_MCHID_NOT_MATCH,
    /// 400: there is no such merchant.
    MCH_NOT_EXISTS,
    /// 400: the order is closed.
    ORDER_CLOSED,
    /// 400: the order is paid, perhaps by this very call's first attempt.
    ORDER_PAID,
    /// 400: the merchant's order number was used before, with other parameters.
    OUT_TRADE_NO_USED,
    /// 400: what was to be made is there already.
    ALREADY_EXISTS,
    /// 400, 403: the balance is too small. Also spelled `NOTENOUGH`.
    NOT_ENOUGH,
    /// 400, 403: a business limit is reached.
    RULE_LIMIT,
    /// 400, 403: the user's account cannot be used.
    USER_ACCOUNT_ABNORMAL,
    /// 400, 403: blocked by risk control.
    REQUEST_BLOCKED,
    /// 401: the signature does not hold.
    SIGN_ERROR,
    /// 403: the merchant lacks the permission.
    NO_AUTH,
    /// 404: there is no such order; not final for one just made. Also spelled `ORDERNOTEXIST`.
    ORDER_NOT_EXIST,
    /// 404: there is no such thing, or the merchant cannot have it.
    RESOURCE_NOT_EXISTS,
    /// 404: there is no such thing; not final for one just made.
    NOT_FOUND,
    /// 429: too many requests, see [`ApiError::is_rate_limit`](crate::ApiError::is_rate_limit).
    FREQUENCY_LIMITED,
    /// 429: too many requests. Also spelled `RATELIMIT_EXCEED`.
    RATELIMIT_EXCEEDED,
    /// 500: the platform failed; the outcome is unknown. Also spelled `SYSTEMERROR`.
    SYSTEM_ERROR,
}

/// Whether two spellings are of one code: underscores do not count, nor does the ending of `RATELIMIT_EXCEEDED`.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    spelling(a).eq(spelling(b))
}

fn spelling(code: &str) -> impl Iterator<Item = char> + '_ {
    let code = if code == "RATELIMIT_EXCEED" { RATELIMIT_EXCEEDED } else { code };
    code.chars().filter(|character| *character != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_45_both_spellings_are_one_code_and_other_codes_are_not() {
        for (old, new) in [
            ("NOTENOUGH", NOT_ENOUGH),
            ("ORDERNOTEXIST", ORDER_NOT_EXIST),
            ("SYSTEMERROR", SYSTEM_ERROR),
            ("RATELIMIT_EXCEED", RATELIMIT_EXCEEDED),
        ] {
            assert!(is_same(old, new) && is_same(new, old) && is_same(old, old), "{old}");
        }
        for (index, code) in ALL.iter().enumerate() {
            let same = ALL.iter().position(|other| is_same(code, other));
            assert_eq!(same, Some(index), "{code} is not to be told from an earlier one");
        }
        for other in ["", "_", "NOT_ENOUGH_", "not_enough", "NOT_ENOUGH2"] {
            assert_eq!(is_same(other, NOT_ENOUGH), other == "NOT_ENOUGH_", "{other}");
        }
    }
}
