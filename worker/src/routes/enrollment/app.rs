//! Setting up an authenticator app: its secret, as a QR code and as text.

use js_sys::encode_uri_component;
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};
use warifu_core::{
    display,
    enrollment::SessionId,
    ids::CardholderId,
    locale::Locale,
    time::Timestamp,
    totp::{AppSecret, SealedSecret},
};

use crate::{
    config::Config, pages::enrollment::AppSetUp, problem::Problem, random,
    request_context::RequestContext, sealing,
};

/// A new secret, sealed.
pub(super) async fn fresh(
    ctx: &RequestContext,
    whose: &CardholderId,
) -> Result<SealedSecret, Problem> {
    sealing::seal(&ctx.config.app_keys, &AppSecret::from_bytes(random::bytes()?), whose).await
}

/// How a cardholder brings the secret into an app.
///
/// The address has the form that apps read (`otpauth:`), in as few characters as it can be: fewer
/// characters are a coarser code, which more cameras read. SHA-1, six digits and 30 seconds are
/// defaults and left out. The issuer is named twice, because some apps read the parameter alone and
/// others the label.
pub(super) fn set_up(
    config: &Config,
    locale: Locale,
    name: String,
    secret: &AppSecret,
) -> Result<AppSetUp, Problem> {
    let encoded = |text: &str| String::from(encode_uri_component(text));
    let (issuer, name) = (in_entry(config.issuer_name.of(locale)), in_entry(&name));
    let (issuer, account) = (encoded(&issuer), encoded(&name));
    let secret = secret.base32();
    let uri = format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}");
    // Nothing on a screen is dirty or torn: the lowest correction of errors has the fewest modules.
    let code = QrCode::encode_segments(&segments(&uri), QrCodeEcc::Low);
    let code = code.map_err(|_| Problem::internal("the address is too long for a QR code"))?;
    Ok(AppSetUp { svg: svg(&code), uri, name, secret: in_groups(&secret) })
}

/// A name as it stands in an entry. In the label a colon parts the issuer from the account, and some
/// apps look for it after decoding: they refuse a name with a colon of its own, or cut it there. The
/// full-width colon is none to them.
fn in_entry(name: &str) -> String {
    name.replace(':', "：")
}

/// What the app calls its entry: another one for every cardholder and every enrollment, because
/// many apps overwrite an entry of the same name. The day is there to be recognised.
pub(super) fn name(config: &Config, locale: Locale, session: &SessionId, now: Timestamp) -> String {
    let day = display::time(now);
    let day = day.split(' ').next().unwrap_or_default();
    let random = session.as_str().bytes().skip(3).filter(u8::is_ascii_alphanumeric).take(4);
    let tag: String = random.map(|byte| char::from(byte.to_ascii_uppercase())).collect();
    format!("{} {day} {tag}", config.programme.of(locale))
}

/// A text as the segments of a QR code. Capitals, digits and `%` take 5.5 bits in alphanumeric mode
/// and 8 in byte mode (ISO/IEC 18004 §7.4), so a name in kanji, which is percent-encoded, takes a
/// third less.
fn segments(text: &str) -> Vec<QrSegment> {
    /// From how many characters on the alphanumeric mode is worth its two headers: each at most 20
    /// bits, for 2.5 bits a character.
    const WORTH: usize = 16;
    let mut segments = Vec::new();
    let mut bytes = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_other = |letter: char| !QrSegment::is_alphanumeric(letter.encode_utf8(&mut [0; 4]));
        let (run, after) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        if run.len() >= WORTH {
            if !bytes.is_empty() {
                segments.push(QrSegment::make_bytes(bytes.as_bytes()));
                bytes.clear();
            }
            segments.push(QrSegment::make_alphanumeric(run));
            rest = after;
        } else {
            let (taken, after) = rest.split_at(run.len().max(first.len_utf8()));
            bytes.push_str(taken);
            rest = after;
        }
    }
    if !bytes.is_empty() {
        segments.push(QrSegment::make_bytes(bytes.as_bytes()));
    }
    segments
}

/// The code as a picture whose size follows the number of its modules. The dark modules are one
/// path, a row at a time.
fn svg(code: &QrCode) -> String {
    /// How wide a module is drawn, in CSS pixels. Readers find finer ones hard on a screen of 1×.
    const MODULE: i32 = 4;
    /// The white modules on each side (ISO/IEC 18004 §6.3.8).
    const QUIET: i32 = 4;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && code.get_module(x, y) {
                x += 1;
            }
            match x - start {
                0 => x += 1,
                wide => path.push_str(&format!("M{start} {y}h{wide}v1h-{wide}z")),
            }
        }
    }
    let (all, drawn) = (size + 2 * QUIET, (size + 2 * QUIET) * MODULE);
    format!(
        r#"<svg width="{drawn}" height="{drawn}" viewBox="-{QUIET} -{QUIET} {all} {all}" shape-rendering="crispEdges"><path d="{path}"/></svg>"#
    )
}

/// Text that is typed, in groups of four.
fn in_groups(text: &str) -> Vec<String> {
    text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect()
}

#[cfg(test)]
mod tests;
