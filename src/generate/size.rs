//! Sizes: how many procedures, outcomes, conditions and sources a generated library has.

use std::fmt;

use crate::plural;

/// Maximum outcomes of one procedure. With twice as many, its content document would have more values than an import
/// accepts.
pub const MAX_OUTCOMES: u32 = 5_000;

/// The requested size of a generated library.
#[derive(Clone, Copy, Debug)]
pub struct RequestedSize {
    /// Number of procedures, at least 1.
    pub procedures: u32,
    /// Number of treatment outcomes of all procedures together.
    pub outcomes: u32,
    /// Number of conditions; `None` for one per ten procedures, or for more if procedures have many outcomes.
    pub conditions: Option<u32>,
    /// Number of sources; `None` for one per five outcomes, but at least ten.
    pub sources: Option<u32>,
    /// Number of outcomes of the first procedure; `None` for as many as the others.
    pub largest: Option<u32>,
    /// Seed of the random numbers: another seed results in another library of the same size.
    pub seed: u64,
}

/// The numbers of procedures, outcomes, conditions and sources in a generated library. The vocabulary has a fixed size.
#[derive(Clone, Copy, Debug)]
pub struct LibrarySize {
    pub(super) procedures: u32,
    outcomes: u32,
    pub(super) conditions: u32,
    pub(super) sources: u32,
    pub(super) seed: u64,
    /// Outcomes of the first procedure; `None` if it has as many as the others.
    largest: Option<u32>,
    /// Outcomes that are distributed evenly among procedures: all, or if `largest` is set, all except those of the first
    /// procedure.
    shared: u32,
}

/// The reason why a library of the requested size is impossible.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A number that must be at least 1 is 0.
    #[error("The number of {0} must be at least 1.")]
    Zero(&'static str),
    /// A procedure would have more outcomes than there are conditions. Each outcome of a procedure needs a different
    /// condition.
    #[error(
        "A procedure would have {most} outcomes, each for another condition, but the library has only {}.",
        plural::count(*.conditions, "condition")
    )]
    TooFewConditions {
        /// Outcomes of the procedure with the most outcomes.
        most: u32,
        /// Conditions of the library.
        conditions: u32,
    },
    /// The content document of a procedure would be too large to import.
    #[error("A procedure would have {0} outcomes; the limit is {MAX_OUTCOMES}.")]
    TooManyOutcomes(u32),
    /// The largest procedure would have more outcomes than the library.
    #[error("The largest procedure cannot have {} if the library has {outcomes}.", plural::count(*.largest, "outcome"))]
    LargestExceedsLibrary {
        /// Requested outcomes of the largest procedure.
        largest: u32,
        /// Outcomes of the library.
        outcomes: u32,
    },
    /// The library has only one procedure, which would not have all outcomes.
    #[error("The only procedure cannot have {} if the library has {outcomes}.", plural::count(*.largest, "outcome"))]
    OnlyProcedure {
        /// Requested outcomes of the procedure.
        largest: u32,
        /// Outcomes of the library.
        outcomes: u32,
    },
    /// Another procedure would have more outcomes than the largest.
    #[error("The largest procedure cannot have {} if another has {most}.", plural::count(*.largest, "outcome"))]
    NotLargest {
        /// Requested outcomes of the largest procedure.
        largest: u32,
        /// Outcomes that other procedures would have.
        most: u32,
    },
}

impl LibrarySize {
    /// Computes the numbers that are not requested.
    ///
    /// # Errors
    /// If a library of this size is impossible.
    pub fn new(size: RequestedSize) -> Result<Self, SizeError> {
        let RequestedSize { procedures, outcomes, conditions, sources, largest, seed } = size;
        let wanted = [("procedures", Some(procedures)), ("conditions", conditions), ("sources", sources)];
        if let Some((name, _)) = wanted.into_iter().find(|(_, count)| *count == Some(0)) {
            return Err(SizeError::Zero(name));
        }
        let shared = match largest {
            Some(largest) => outcomes.checked_sub(largest).ok_or(SizeError::LargestExceedsLibrary { largest, outcomes })?,
            None => outcomes,
        };
        let sharers = procedures - u32::from(largest.is_some());
        let most_shared = if sharers == 0 { shared } else { shared.div_ceil(sharers) };
        match largest {
            Some(largest) if sharers == 0 && shared > 0 => return Err(SizeError::OnlyProcedure { largest, outcomes }),
            Some(largest) if largest < most_shared => return Err(SizeError::NotLargest { largest, most: most_shared }),
            _ => {}
        }
        let most = largest.unwrap_or(most_shared);
        if most > MAX_OUTCOMES {
            return Err(SizeError::TooManyOutcomes(most));
        }
        let usual = (procedures / 10).max(2 * most_shared).max(most).max(1);
        let conditions = conditions.unwrap_or(usual);
        if most > conditions {
            return Err(SizeError::TooFewConditions { most, conditions });
        }
        let sources = sources.unwrap_or((outcomes / 5).max(10));
        Ok(Self { procedures, outcomes, conditions, sources, seed, largest, shared })
    }

    /// Returns the number of outcomes of a procedure. Procedures are numbered from 1.
    pub(super) fn outcomes_of(&self, procedure: u32) -> u32 {
        let (index, sharers) = match self.largest {
            Some(largest) if procedure == 1 => return largest,
            Some(_) => (procedure - 2, self.procedures - 1),
            None => (procedure - 1, self.procedures),
        };
        // The numbers of two procedures differ by at most one.
        let upto = |index: u32| u64::from(index) * u64::from(self.shared) / u64::from(sharers);
        u32::try_from(upto(index + 1) - upto(index)).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for LibrarySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let procedures = plural::count(self.procedures, "procedure");
        let outcomes = plural::count(self.outcomes, "outcome");
        let conditions = plural::count(self.conditions, "condition");
        let sources = plural::count(self.sources, "source");
        write!(f, "{procedures}, {outcomes}, {conditions} and {sources}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: RequestedSize =
        RequestedSize { procedures: 7, outcomes: 30, conditions: None, sources: None, largest: None, seed: 0 };

    fn outcomes_per_procedure(size: RequestedSize) -> Vec<u32> {
        let size = LibrarySize::new(size).unwrap();
        (1..=size.procedures).map(|procedure| size.outcomes_of(procedure)).collect()
    }

    fn refused(size: RequestedSize) -> String {
        LibrarySize::new(size).unwrap_err().to_string()
    }

    #[test]
    fn outcomes_are_distributed_evenly() {
        assert_eq!(outcomes_per_procedure(SIZE), [4, 4, 4, 5, 4, 4, 5]);
        assert_eq!(outcomes_per_procedure(RequestedSize { largest: Some(12), ..SIZE }), [12, 3, 3, 3, 3, 3, 3]);
        assert_eq!(outcomes_per_procedure(RequestedSize { procedures: 1, largest: Some(30), ..SIZE }), [30]);
        assert_eq!(outcomes_per_procedure(RequestedSize { outcomes: 0, ..SIZE }), [0; 7]);
    }

    #[test]
    fn an_impossible_size_is_refused_with_the_reason() {
        let refused = [
            refused(RequestedSize { procedures: 0, ..SIZE }),
            refused(RequestedSize { sources: Some(0), ..SIZE }),
            refused(RequestedSize { conditions: Some(4), ..SIZE }),
            refused(RequestedSize { outcomes: 70_000, ..SIZE }),
            refused(RequestedSize { largest: Some(31), ..SIZE }),
            refused(RequestedSize { largest: Some(2), ..SIZE }),
            refused(RequestedSize { procedures: 1, largest: Some(20), ..SIZE }),
            refused(RequestedSize { largest: Some(1), ..SIZE }),
        ];
        insta::assert_snapshot!(refused.join("\n"), @"
        The number of procedures must be at least 1.
        The number of sources must be at least 1.
        A procedure would have 5 outcomes, each for another condition, but the library has only 4 conditions.
        A procedure would have 10000 outcomes; the limit is 5000.
        The largest procedure cannot have 31 outcomes if the library has 30.
        The largest procedure cannot have 2 outcomes if another has 5.
        The only procedure cannot have 20 outcomes if the library has 30.
        The largest procedure cannot have 1 outcome if another has 5.
        ");
    }
}
