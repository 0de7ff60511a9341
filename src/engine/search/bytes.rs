//! Numbers in the bytes of the index: seven bits a byte, the least significant first, as in
//! <https://protobuf.dev/programming-guides/encoding/#varints>.

pub fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Returns the number of bytes of a number.
#[must_use]
pub fn number_bytes(number: u64) -> usize {
    (u64::BITS - number.leading_zeros()).div_ceil(7).max(1) as usize
}

/// Reads bytes from the start to the end. Every method returns `None` at the end and for damaged bytes.
#[derive(Clone, Copy)]
pub struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// Reads this number of bytes.
    pub fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for (at, byte) in self.0.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Some(number);
            }
        }
        None
    }

    /// Reads a number of bytes or entries.
    pub fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// Skips numbers.
    pub fn skip_numbers(&mut self, count: usize) -> Option<()> {
        let mut left = count;
        let mut at = 0;
        while left > 0 {
            left -= usize::from(self.0.get(at)? & 0x80 == 0);
            at += 1;
        }
        self.0 = &self.0[at..];
        Some(())
    }

    /// Returns the bytes that are not read yet.
    #[must_use]
    pub fn rest(&self) -> &'b [u8] {
        self.0
    }
}
