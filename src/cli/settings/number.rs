//! Numbers in arguments.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// Returns a parser of numbers in a range. The type of the range must be the type of the argument. The compiler does not
/// check this; clap checks it when it reads the argument.
pub fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text: &str| {
        let number = text.parse::<T>().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("a number from {} to {} is needed", range.start(), range.end()))
    }
}
