//! Sets of the conditions of a filter.

use super::predicate::Filter;

/// Number of conditions of a filter that can be in a set. In SQL, a set is an integer.
const MAX_CONDITIONS: usize = i64::BITS as usize - 1;

/// A set of conditions of a filter that must all match: bit `n` is set if condition `n` is in it. Only the first 63
/// conditions can be in a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConditionSet(i64);

impl ConditionSet {
    /// Returns the conditions of the filter `of` that `other` lacks. `None` if `other` is not `of` without some
    /// of its conditions, in the same order; also if a missing condition cannot be in a set.
    pub fn missing(of: Option<&Filter>, other: Option<&Filter>) -> Option<Self> {
        let mut kept = Filter::conditions_of(other).iter().peekable();
        let mut missing = Self::default();
        for (at, condition) in Filter::conditions_of(of).iter().enumerate() {
            if kept.next_if(|kept| kept.is_same_condition(condition)).is_none() {
                missing = missing.union(Self::of(at)?);
            }
        }
        kept.next().is_none().then_some(missing)
    }

    /// Returns the set of one condition; `None` if the condition cannot be in a set.
    fn of(at: usize) -> Option<Self> {
        (at < MAX_CONDITIONS).then(|| Self(1 << at))
    }

    /// Returns the union of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the set as an integer for SQL.
    pub fn bits(self) -> i64 {
        self.0
    }

    /// Returns the conditions of a filter that are in the set, each with a set that contains only this condition.
    pub fn selected(self, filter: Option<&Filter>) -> impl Iterator<Item = (Self, &Filter)> {
        let all = Filter::conditions_of(filter).iter().enumerate();
        all.filter_map(move |(at, condition)| Some((self.part(at)?, condition)))
    }

    /// Returns the conditions of a filter that are not in the set.
    pub fn remaining(self, filter: Option<&Filter>) -> impl Iterator<Item = &Filter> {
        let all = Filter::conditions_of(filter).iter().enumerate();
        all.filter(move |(at, _)| self.part(*at).is_none()).map(|(_, condition)| condition)
    }

    /// Returns the set of one condition, if it is in this set.
    fn part(self, at: usize) -> Option<Self> {
        Self::of(at).filter(|one| self.0 & one.0 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::rows::compare::Compare;

    fn all(columns: &[&'static str]) -> Filter {
        Filter::And(columns.iter().map(|column| Filter::Column(column, Compare::IsNull(true))).collect())
    }

    #[test]
    fn conditions_are_missing_only_from_the_same_filter() {
        let missing = |of: &Filter, other: &Filter| ConditionSet::missing(Some(of), Some(other)).map(ConditionSet::bits);
        assert_eq!(missing(&all(&["a", "b", "c"]), &all(&["a", "c"])), Some(0b010));
        assert_eq!(missing(&all(&["a", "b", "c"]), &all(&["b"])), Some(0b101));
        assert_eq!(missing(&all(&["a", "b"]), &all(&["a", "b"])), Some(0));
        assert_eq!(missing(&all(&["a", "b"]), &all(&["b", "a"])), None, "another order");
        assert_eq!(missing(&all(&["a"]), &all(&["a", "b"])), None, "a condition more");
        assert_eq!(ConditionSet::missing(Some(&all(&["a", "b"])), None), Some(ConditionSet(0b11)));
        assert_eq!(ConditionSet::missing(None, None), Some(ConditionSet::default()));
    }

    #[test]
    fn only_the_first_63_conditions_can_be_missing() {
        let long = all(&["a"; 64]);
        assert_eq!(ConditionSet::missing(Some(&long), Some(&all(&["a"; 63]))), None);
        assert_eq!(ConditionSet::missing(Some(&all(&["a"; 63])), None).map(ConditionSet::bits), Some(i64::MAX));
        let of_63 = ConditionSet::missing(Some(&all(&["a"; 63])), None).unwrap_or_default();
        let remaining: Vec<&Filter> = of_63.remaining(Some(&long)).collect();
        assert_eq!(remaining, [&Filter::Column("a", Compare::IsNull(true))]);
    }
}
