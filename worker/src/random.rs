//! Random bytes of the platform's generator.

use crate::problem::Problem;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Problem::internal)?;
    Ok(bytes)
}

/// 128 random bits as 32 hexadecimal digits.
pub(crate) fn hex() -> Result<String, Problem> {
    Ok(format!("{:032x}", u128::from_be_bytes(bytes()?)))
}
