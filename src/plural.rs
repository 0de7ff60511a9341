//! Numbers with their nouns, for messages.

use std::fmt::Display;

/// Returns a number with a noun, which is given in the singular: `1 second`, `2 seconds`.
pub fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn a_noun_is_plural_unless_the_number_is_one() {
        assert_eq!([0_u64, 1, 2].map(|number| count(number, "second")), ["0 seconds", "1 second", "2 seconds"]);
    }
}
