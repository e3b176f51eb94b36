//! The card number of an AReq is in no memory that is given back while the message is read: whatever
//! comes next into that memory, in a log or an answer that is longer than it should be, cannot show it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use zeroize::Zeroizing;

use crate::{
    areq::AReq,
    fixtures::{Message, card_key, directory_server},
    version::Version,
};

const CARD: &str = "4539578763621486";

/// The system's memory. Of a thread that searches, every block is looked through when it is given back.
struct Searched;

#[global_allocator]
static MEMORY: Searched = Searched;

thread_local! {
    /// How many blocks had the number in them; `None` in a thread that does not search.
    static FOUND: Cell<Option<u32>> = const { Cell::new(None) };
}

/// More digits in a row than may be stored of a number (PCI DSS 3.5.1), so that a part counts too.
const PART: usize = 8;

fn look_through(block: &[u8]) {
    let Some(found) = FOUND.get() else { return };
    let mut parts = CARD.as_bytes().windows(PART);
    if parts.any(|part| block.windows(PART).any(|at| at == part)) {
        FOUND.set(Some(found + 1));
    }
}

// Every block begins as zeros, so all of it can be read.
#[expect(unsafe_code, reason = "an allocator is; this one is for tests alone")]
// SAFETY: all memory is the system's, by its own layouts.
unsafe impl GlobalAlloc for Searched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe {
            look_through(std::slice::from_raw_parts(block, layout.size()));
            System.dealloc(block, layout);
        }
    }
}

/// How many blocks with a part of the number are given back while `run` runs.
fn found(run: impl FnOnce()) -> u32 {
    FOUND.set(Some(0));
    run();
    FOUND.take().unwrap()
}

#[test]
fn the_search_finds_a_number_that_is_copied() {
    assert_eq!(found(|| drop(CARD.to_owned())), 1);
    assert_eq!(found(|| drop(format!("before {} after", &CARD[4..12]))), 1);
    assert_eq!(found(|| drop(Zeroizing::new(CARD.to_owned()))), 0);
    assert_eq!(found(|| drop(format!("{} {}", &CARD[..6], &CARD[12..]))), 0);
    let mut grows = Vec::with_capacity(16);
    assert_eq!(
        found(|| {
            grows.extend_from_slice(CARD.as_bytes());
            grows.resize(4096, 0);
        }),
        1
    );
}

#[test]
fn no_card_number_is_in_memory_that_is_given_back() {
    let escaped = CARD.replacen('4', "\\u0034", 1);
    let deep = format!("{}\"{CARD}\"{}", "[".repeat(200), "]".repeat(200));
    let mut read = 0;
    for version in Version::ALL {
        for number in [
            format!("\"{CARD}\""),
            format!("\"{CARD}x\""),
            format!("\" {CARD}\""),
            format!("\"{escaped}\""),
            CARD.to_owned(),
            format!("[\"{CARD}\"]"),
            format!("[[\"{CARD}\",{CARD}]]"),
            format!("[\"{escaped}\"]"),
            format!("{{\"a\":\"{CARD}\"}}"),
            format!("{{\"{CARD}\":[{{\"a\":{CARD}}}]}}"),
            format!("\"{CARD}\",\"acctNumber\":[\"{CARD}\"]"),
            format!("[\"{CARD}\"],\"acctNumber\":\"{CARD}\""),
            deep.clone(),
        ] {
            for changed in [
                Message::payment(version),
                Message::payment(version).without("mcc"),
                Message::payment(version).set("mcc", "1"),
                Message::payment(version).set("messageVersion", "2.1.0"),
                Message::payment(version).set("messageType", "CReq"),
                Message::payment(version).set("deviceChannel", "01"),
            ] {
                let text = changed.text().replace("\"4111111111111111\"", &number);
                for body in [text.clone(), text[..text.len() - 1].to_owned()] {
                    let body = Zeroizing::new(body.into_bytes());
                    let (server, keys) = (directory_server(), [card_key()]);
                    let blocks = found(|| drop(AReq::read(body, &server, &keys)));
                    assert_eq!(blocks, 0, "{number} {version:?}");
                    read += 1;
                }
            }
        }
    }
    assert_eq!(read, 312);
}
