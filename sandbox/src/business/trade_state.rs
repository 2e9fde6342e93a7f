//! The state machine of an order.

use crate::refusal::Refusal;

/// How far the payment of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TradeState {
    NotPaid,
    /// The user confirms a payment by code.
    UserPaying,
    Paid,
    /// Paid, and refunded at least in part.
    Refunded,
    Closed,
    /// A payment by code that was taken back.
    Revoked,
}

impl TradeState {
    const ALL: [Self; 6] =
        [Self::NotPaid, Self::UserPaying, Self::Paid, Self::Refunded, Self::Closed, Self::Revoked];

    /// As it stands on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotPaid => "NOTPAY",
            Self::UserPaying => "USERPAYING",
            Self::Paid => "SUCCESS",
            Self::Refunded => "REFUND",
            Self::Closed => "CLOSED",
            Self::Revoked => "REVOKED",
        }
    }

    pub(crate) fn read(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::NotPaid)
    }

    /// In the platform's words.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::NotPaid => "订单未支付",
            Self::UserPaying => "用户支付中",
            Self::Paid => "支付成功",
            Self::Refunded => "订单发生过退款",
            Self::Closed => "订单已关闭",
            Self::Revoked => "订单已撤销",
        }
    }

    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::NotPaid | Self::UserPaying)
    }

    /// The user pays.
    pub(crate) fn pay(self) -> Result<Self, Refusal> {
        match self {
            Self::NotPaid | Self::UserPaying => Ok(Self::Paid),
            Self::Paid | Self::Refunded => Err(paid()),
            Self::Closed | Self::Revoked => Err(closed()),
        }
    }

    /// The merchant closes the order, or its time is up. A closed one stays closed.
    pub(crate) fn close(self) -> Result<Self, Refusal> {
        match self {
            Self::NotPaid | Self::UserPaying | Self::Closed => Ok(Self::Closed),
            Self::Revoked => Ok(Self::Revoked),
            Self::Paid | Self::Refunded => Err(paid()),
        }
    }

    /// The merchant takes a payment by code back.
    pub(crate) fn reverse(self) -> Result<Self, Refusal> {
        match self {
            Self::NotPaid | Self::UserPaying | Self::Paid | Self::Revoked => Ok(Self::Revoked),
            Self::Closed => Err(closed()),
            Self::Refunded => {
                Err(Refusal::invalid("the order was refunded already; it cannot be reversed"))
            }
        }
    }

    /// Money goes back.
    pub(crate) fn refund(self) -> Result<Self, Refusal> {
        match self {
            Self::Paid | Self::Refunded => Ok(Self::Refunded),
            Self::NotPaid | Self::UserPaying => {
                Err(Refusal::invalid("the order is not paid, so nothing can be refunded"))
            }
            Self::Closed | Self::Revoked => Err(closed()),
        }
    }

    /// The merchant places an order of the same number and with the same parameters.
    pub(crate) fn place_again(self) -> Result<Self, Refusal> {
        match self {
            Self::NotPaid | Self::UserPaying => Ok(self),
            Self::Paid | Self::Refunded => Err(paid()),
            Self::Closed | Self::Revoked => Err(closed()),
        }
    }
}

fn paid() -> Refusal {
    Refusal::new(400, "ORDER_PAID", "the order is paid")
}

fn closed() -> Refusal {
    Refusal::new(400, "ORDER_CLOSED", "the order is closed; place one with another number")
}

#[cfg(test)]
mod tests {
    use super::{TradeState::*, *};

    type Step = fn(TradeState) -> Result<TradeState, Refusal>;
    /// What a step makes of each state.
    type Row = (&'static str, Step, [Result<TradeState, &'static str>; 6]);

    #[test]
    fn every_state_takes_every_step_as_the_platform_does() {
        let table: [Row; 5] = [
            (
                "pay",
                TradeState::pay,
                [
                    Ok(Paid),
                    Ok(Paid),
                    Err("ORDER_PAID"),
                    Err("ORDER_PAID"),
                    Err("ORDER_CLOSED"),
                    Err("ORDER_CLOSED"),
                ],
            ),
            (
                "close",
                TradeState::close,
                [
                    Ok(Closed),
                    Ok(Closed),
                    Err("ORDER_PAID"),
                    Err("ORDER_PAID"),
                    Ok(Closed),
                    Ok(Revoked),
                ],
            ),
            (
                "reverse",
                TradeState::reverse,
                [
                    Ok(Revoked),
                    Ok(Revoked),
                    Ok(Revoked),
                    Err("INVALID_REQUEST"),
                    Err("ORDER_CLOSED"),
                    Ok(Revoked),
                ],
            ),
            (
                "refund",
                TradeState::refund,
                [
                    Err("INVALID_REQUEST"),
                    Err("INVALID_REQUEST"),
                    Ok(Refunded),
                    Ok(Refunded),
                    Err("ORDER_CLOSED"),
                    Err("ORDER_CLOSED"),
                ],
            ),
            (
                "place again",
                TradeState::place_again,
                [
                    Ok(NotPaid),
                    Ok(UserPaying),
                    Err("ORDER_PAID"),
                    Err("ORDER_PAID"),
                    Err("ORDER_CLOSED"),
                    Err("ORDER_CLOSED"),
                ],
            ),
        ];
        for (name, step, expected) in table {
            for (state, expected) in TradeState::ALL.into_iter().zip(expected) {
                let found = step(state).map_err(|refusal| refusal.code().to_owned());
                assert_eq!(found, expected.map_err(str::to_owned), "{name} {state:?}");
            }
        }
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        for state in TradeState::ALL {
            assert_eq!(TradeState::read(state.as_str()), state);
            assert_eq!(state.is_open(), matches!(state, NotPaid | UserPaying));
        }
    }
}
