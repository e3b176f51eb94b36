//! A panic's line in the log: its file and line, and not its message, which can quote a secret.
//!
//! A panic ends in a trap, which ends every call of the wasm instance (`worker/guard.mjs`).

use std::{
    panic::{self, PanicHookInfo},
    sync::Once,
};

use crate::log::{self, LogEvent};

/// Has every panic write its line. To be called where the platform calls us, because the `worker`
/// crate installs a hook of its own at the start, which writes the message.
pub(crate) fn note_place() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| panic::set_hook(Box::new(write)));
}

fn write(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    log::write(&LogEvent::Panic { at: &place });
}
