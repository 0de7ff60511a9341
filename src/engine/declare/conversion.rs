//! Numbers in other units, computed when they are read.

/// A number in another unit, for example a bound of a duration in days.
///
/// It is `number * factor / divisor`, with the factor of the unit. Factors and divisor are integers, so the product of a
/// whole number is exact, and only the division can round: 24 hours are exactly one day.
#[derive(Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The member with the number.
    pub number: &'static str,
    /// The member with the unit, a value of an enumeration.
    pub unit: &'static str,
    /// The factor of each unit. A number with another unit, or without one, becomes null.
    pub factors: &'static [(&'static str, u32)],
    /// The divisor, which is the same for all units.
    pub divisor: u32,
}

impl Conversion {
    /// Converts a number; `None` if the unit has no factor.
    #[must_use]
    pub fn of(&self, number: f64, unit: &str) -> Option<f64> {
        let (_, factor) = self.factors.iter().find(|(name, _)| *name == unit)?;
        Some(number * f64::from(*factor) / f64::from(self.divisor))
    }
}
