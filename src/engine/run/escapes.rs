//! Finds the characters of a text that JSON escapes.

/// Returns the index of the first byte that JSON escapes; `None` if there is none. It compares eight bytes at once, with the
/// method of <https://graphics.stanford.edu/~seander/bithacks.html#ValueInWord>.
#[inline]
pub fn escaped(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let is_escaped = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = text.as_chunks::<8>();
    for (index, bytes) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = below_space | has_zero(word ^ (ONES * u64::from(b'"'))) | has_zero(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            // The borrow of a subtraction can mark a byte that needs no escape, so a marked word is checked byte by byte.
            if let Some(at) = bytes.iter().position(is_escaped) {
                return Some(index * 8 + at);
            }
        }
    }
    rest.iter().position(is_escaped).map(|at| words.len() * 8 + at)
}
