//! The challenge form in the browser. The Worker serves a form that works without script. The
//! widget adds digits as they were meant, results without a reload, and the time that is left.
//!
//! `state` and `update` decide, `view` says what the page shows, `dom` is the only module that
//! touches a browser. Not here: words people read (the page carries them), the channel to the
//! merchant's page (`js/boot.js`).

// A development build keeps std and with it readable panics. Without std a panic is one
// `unreachable` instruction. The code that words a panic would be a tenth of the module.
#![cfg_attr(all(target_arch = "wasm32", not(debug_assertions)), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod dom;
pub mod state;
pub mod update;
pub mod view;

#[cfg(all(target_arch = "wasm32", not(debug_assertions)))]
mod bare {
    use talc::base::binning::Binning;
    use talc::cell::TalcSyncCell;
    use talc::wasm::WasmGrowAndClaim;

    /// One bin for each power of two is enough for the few short strings that the widget holds.
    struct Powers;

    impl Binning for Powers {
        type AvailabilityBitField = u32;

        fn size_to_bin(size: usize) -> u32 {
            usize::BITS - 1 - size.leading_zeros()
        }
    }

    #[global_allocator]
    static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, Powers> =
        TalcSyncCell::new_wasm(WasmGrowAndClaim);

    #[panic_handler]
    fn abort(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}
