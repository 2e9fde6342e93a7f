//! Numbers that the platform gives. They follow from the seed and the order of the calls, so that a run can be repeated.

use crate::clock;

/// Makes numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    seed: u64,
}

impl Ids {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 28 digits, like `4200001234202601310000000007`.
    pub(crate) fn transaction(self, id: i64, now: i64) -> String {
        format!("420000{:04}{}{id:010}", self.mixed(0) % 10_000, date(now))
    }

    /// 29 digits, like those of refunds.
    pub(crate) fn refund(self, id: i64, now: i64) -> String {
        format!("5030000{:04}{}{id:010}", self.mixed(1) % 10_000, date(now))
    }

    /// 28 digits, like those of sharing orders and their returns.
    pub(crate) fn sharing(self, id: i64, now: i64) -> String {
        format!("300080{:04}{}{id:010}", self.mixed(2) % 10_000, date(now))
    }

    /// 40 digits, like those of transfers.
    pub(crate) fn transfer(self, id: i64, now: i64) -> String {
        format!("1330000{:014}{}{id:011}", self.mixed(3) % 100_000_000_000_000, date(now))
    }

    /// 28 digits, like those of complaints.
    pub(crate) fn complaint(self, id: i64, now: i64) -> String {
        format!("200000{:04}{}{id:010}", self.mixed(4) % 10_000, date(now))
    }

    /// 27 digits, like those of authorizations.
    pub(crate) fn authorization(self, id: i64, now: i64) -> String {
        format!("2012{:04}{}{id:011}", self.mixed(6) % 10_000, date(now))
    }

    /// `wx`, a time, and 20 digits of hex: 36 characters.
    pub(crate) fn prepay(self, id: i64, now: i64) -> String {
        format!("wx{}{:020x}", clock::digits(now), u128::from(self.of(id)))
    }

    /// Sixteen digits of hex that belong to `id`: for addresses and tokens, where they need not be secret.
    pub(crate) fn token(self, id: i64) -> String {
        format!("{:016x}", self.of(id))
    }

    /// A user, when the merchant named none.
    pub(crate) fn openid(self) -> String {
        format!("oSANDBOX{:020x}", u128::from(self.mixed(5)))
    }

    fn of(self, id: i64) -> u64 {
        self.mixed(id.unsigned_abs().wrapping_add(1_000))
    }

    /// The well-known `splitmix64` step: spreads neighbouring numbers over all 64 bits.
    fn mixed(self, number: u64) -> u64 {
        let mut mixed = self.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn date(now: i64) -> String {
    clock::digits(now).chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_platforms_lengths_and_follow_from_seed_and_id() {
        let (ids, now) = (Ids::new(7), 1_700_000_000);
        let lengths = [
            (ids.transaction(1, now), 28),
            (ids.refund(1, now), 29),
            (ids.sharing(1, now), 28),
            (ids.transfer(1, now), 40),
            (ids.complaint(1, now), 28),
            (ids.authorization(1, now), 27),
            (ids.prepay(1, now), 36),
            (ids.openid(), 28),
        ];
        for (number, length) in lengths {
            assert_eq!(number.len(), length, "{number}");
        }
        assert_eq!(ids.prepay(1, now), Ids::new(7).prepay(1, now));
        assert_ne!(ids.prepay(1, now), ids.prepay(2, now));
        assert_ne!(ids.prepay(1, now), Ids::new(8).prepay(1, now));
        assert_ne!(ids.transaction(1, now), ids.transaction(2, now));
    }
}
