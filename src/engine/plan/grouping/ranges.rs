//! Ranges of numbers, as SQL. The key of a group is the index of its range, so both databases compare only integers.

use crate::{
    engine::{plan::arguments::input, problem::Problem, sql::writer::Sql},
    graphql::value::Value,
    store::reading::statement::{Cell, Param},
};

/// Maximum number of bounds of the ranges of a number. The value of a row is compared with each of them.
pub const MAX_BOUNDS: usize = 20;

/// Name of the GraphQL type of ranges of whole numbers.
pub const INT_RANGE: &str = "IntRange";

/// Name of the GraphQL type of ranges of numbers that may have a fraction.
pub const FLOAT_RANGE: &str = "FloatRange";

/// Ranges of numbers. Each number is in one of them.
#[derive(Clone, Debug)]
pub enum Ranges {
    /// Ranges of whole numbers that all have this width. The range with index 0 starts at 0.
    Width(i64),
    /// Ranges that these ascending numbers separate. The range with index 0 has the numbers below the first of them.
    Bounds(Vec<Param>),
}

impl Ranges {
    /// Reads ranges: `{width: 10}` or `{bounds: [10, 50]}`.
    ///
    /// # Errors
    /// If the width is not positive, or the bounds are too many or do not ascend.
    pub fn read(value: &Value, at: &str) -> Result<Self, Problem> {
        let (name, value) = input::one_of(value, at)?;
        let at = format!("{at}.{name}");
        if let Value::Int(width) = value {
            let refused = || Problem::argument(&at, format_args!("{width} is below the minimum of 1"));
            return if *width > 0 { Ok(Self::Width(i64::from(*width))) } else { Err(refused()) };
        }
        let bounds = input::items(value, &at)?;
        match bounds.len() {
            0 => return Err(Problem::argument(&at, "no bound is given")),
            1..=MAX_BOUNDS => {}
            _ => return Err(Problem::argument(&at, format_args!("more than {MAX_BOUNDS} bounds"))),
        }
        if !bounds.is_sorted_by(|one, next| number(one) < number(next)) {
            return Err(Problem::argument(&at, "each bound must be greater than the one before it"));
        }
        Ok(Self::Bounds(bounds.iter().map(|bound| input::scalar(bound, &at)).collect::<Result<_, _>>()?))
    }

    /// Returns the name of the GraphQL type of a range.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bounds(bounds) if matches!(bounds.first(), Some(Param::Float(_))) => FLOAT_RANGE,
            Self::Width(_) | Self::Bounds(_) => INT_RANGE,
        }
    }

    /// Returns how often the expression that [`Self::write`] writes contains the number.
    #[must_use]
    pub fn comparisons(&self) -> u64 {
        match self {
            Self::Width(_) => 2,
            Self::Bounds(bounds) => bounds.len() as u64 + 1,
        }
    }

    /// Returns the size of the memory that it allocates, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        match self {
            Self::Width(_) => 0,
            Self::Bounds(bounds) => size_of_val(bounds.as_slice()),
        }
    }

    /// Returns the first number of the range with an index, and the first number above the range. Each of the two is null if
    /// it does not exist. In ranges of a width, it is also null if it is outside the 32 bits of an `Int`. Returns `None` if
    /// no range has the index, for example because the index is null.
    #[must_use]
    pub fn ends(&self, index: Cell) -> Option<[Cell; 2]> {
        let Cell::Int(index) = index else { return None };
        Some(match self {
            Self::Width(width) => [index, index + 1].map(|at| {
                let number = at.checked_mul(*width).and_then(|number| i32::try_from(number).ok());
                number.map_or(Cell::Null, |number| Cell::Int(number.into()))
            }),
            Self::Bounds(bounds) => {
                let next = usize::try_from(index).ok().filter(|next| *next <= bounds.len())?;
                [next.checked_sub(1), Some(next)].map(|at| match at.and_then(|at| bounds.get(at)) {
                    Some(Param::Int(number)) => Cell::Int(*number),
                    Some(Param::Float(number)) => Cell::Float(*number),
                    _ => Cell::Null,
                })
            }
        })
    }

    /// Writes the index of the range of a number, which `write_number` writes; null if the number is null.
    pub fn write(&self, sql: &mut Sql, write_number: &dyn Fn(&mut Sql)) {
        match self {
            // Both databases divide towards zero, and `%` has the sign of the dividend. So the distance of the number from
            // the start of its range is subtracted first, and the division is exact.
            Self::Width(width) => {
                let width = Param::Int(*width);
                sql.push("(");
                write_number(sql);
                sql.push(" - (");
                write_number(sql);
                sql.push(" % ").bind(width.clone()).push(" + ").bind(width.clone()).push(") % ").bind(width.clone());
                sql.push(") / ").bind(width);
            }
            Self::Bounds(bounds) => {
                sql.push("CASE");
                for (at, bound) in bounds.iter().enumerate() {
                    sql.push(" WHEN ");
                    write_number(sql);
                    sql.push(" < ").bind(bound.clone()).push(&format!(" THEN {at}"));
                }
                if let Some(last) = bounds.last() {
                    sql.push(" WHEN ");
                    write_number(sql);
                    sql.push(" >= ").bind(last.clone()).push(&format!(" THEN {}", bounds.len()));
                }
                sql.push(" END");
            }
        }
    }
}

/// Returns a number, to compare it with others.
fn number(value: &Value) -> f64 {
    match value {
        Value::Int(number) => f64::from(*number),
        Value::Float(number) => *number,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_without_a_number_above_or_below_it_is_open() {
        let widths = Ranges::Width(1_000_000_000);
        let int = Cell::Int;
        assert_eq!(widths.ends(int(-1)), Some([int(-1_000_000_000), int(0)]));
        assert_eq!(widths.ends(int(2)), Some([int(2_000_000_000), Cell::Null]));
        assert_eq!(widths.ends(int(-3)), Some([Cell::Null, int(-2_000_000_000)]));
        assert_eq!(widths.ends(Cell::Null), None);
        let bounds = Ranges::Bounds(vec![Param::Float(0.5), Param::Float(7.0)]);
        assert_eq!(bounds.ends(int(0)), Some([Cell::Null, Cell::Float(0.5)]));
        assert_eq!(bounds.ends(int(1)), Some([Cell::Float(0.5), Cell::Float(7.0)]));
        assert_eq!(bounds.ends(int(2)), Some([Cell::Float(7.0), Cell::Null]));
        assert_eq!(bounds.ends(int(3)), None);
    }
}
