//! Extensions of messages. None is known here, so one that must be understood makes its message
//! invalid, and any other is ignored.

use crate::{
    elements::known::Known,
    erro::{Erro, ErrorCode},
    json::Value,
};

/// More characters than all extensions of a message may have.
const MOST_CHARACTERS: usize = 81_920;

/// What is wrong with a message's extensions, whose forms were checked before.
pub(crate) fn check(known: &Known<'_>) -> Result<(), (ErrorCode, String)> {
    const NAME: &str = "messageExtension";
    let Some(extensions) = known.get(NAME) else { return Ok(()) };
    if extensions.characters() > MOST_CHARACTERS {
        return Err(Erro::naming(ErrorCode::FormatInvalid, [NAME]));
    }
    let Value::List(extensions) = extensions else { return Ok(()) };
    let critical = |extension: &&Value| {
        matches!(extension.get("criticalityIndicator"), Some(Value::Bool(true)))
    };
    let mut critical = extensions.iter().filter(critical).peekable();
    if critical.peek().is_none() {
        return Ok(());
    }
    let ids = critical.filter_map(|extension| extension.get("id").and_then(Value::as_text));
    let card = known.raw(Known::CARD).map(|raw| raw.trim_matches('"'));
    let ids: Vec<_> = ids.filter(|id| is_id(id) && !card.is_some_and(|it| has(id, it))).collect();
    let named = if ids.is_empty() { vec![NAME] } else { ids };
    Err(Erro::naming(ErrorCode::ExtensionNotRecognised, named))
}

/// Whether a text has the message's card number in it, however its digits are apart.
fn has(text: &str, card: &str) -> bool {
    let digits = || text.bytes().filter(u8::is_ascii_digit);
    let from = |at| digits().skip(at).take(card.len()).eq(card.bytes());
    (0..digits().count()).any(from)
}

/// Whether a text can be the id of an extension: what an RID, an OID or a URI is made of. A longer row
/// of digits could be a card number, and an error never repeats one.
fn is_id(text: &str) -> bool {
    const MOST_DIGITS: usize = 12;
    let rows = text.split(|c: char| !c.is_ascii_digit());
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/'))
        && rows.map(str::len).all(|digits| digits <= MOST_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_repeated_and_what_could_be_a_card_number_is_not() {
        for id in ["A00000065801", "A000000004-merchantData", "1.2.840.113549", "urn:ex:a/b_c"] {
            assert!(is_id(id), "{id}");
        }
        for other in ["4111111111111111", "A0000000044111111111111111", "<b>", "割符", "a b"] {
            assert!(!is_id(other), "{other}");
        }
    }
}
