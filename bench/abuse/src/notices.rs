//! Notices that a destination gets: of wrong codes and of locks, each kind by a quota of its own. What
//! is told, when, and how often is core's to say; this file counts it as the Worker does.

use warifu_core::{
    cardholder::NotificationKind,
    destination::{DeliveryRef, DestinationQuota, QuotaCommand},
    rules::Rules,
    time::Timestamp,
};

/// What a destination got of each kind.
#[derive(Clone, Default)]
pub(crate) struct Notices {
    wrong_codes: DestinationQuota,
    locks: DestinationQuota,
}

impl Notices {
    /// Asks for the slot of a notice; until when there is none. `None` for a change of destination or
    /// channel, which no attack here makes: it is that of a world that is set up.
    pub(crate) fn reserve(
        &mut self,
        kind: NotificationKind,
        notice: DeliveryRef,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Result<(), Timestamp>> {
        let kept = match kind {
            NotificationKind::ChallengeFailed => &mut self.wrong_codes,
            NotificationKind::Locked => &mut self.locks,
            NotificationKind::MethodChanged | NotificationKind::DestinationChanged => return None,
        };
        let command = QuotaCommand::ReserveNotification(notice);
        let (quota, until) = std::mem::take(kept).decide(command, rules, now);
        *kept = quota;
        Some(until.map_or(Ok(()), Err))
    }
}
