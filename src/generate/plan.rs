//! Plans: how much of everything a generated library has.

use std::fmt;

/// The most outcomes that one procedure can have: with twice as many its document would hold more values than an import reads.
pub const MAX_OUTCOMES: u32 = 5_000;

/// How large a generated library is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Procedures, at least 1.
    pub procedures: u32,
    /// Treatment outcomes of all procedures together.
    pub outcomes: u32,
    /// Conditions; `None` for one for ten procedures, or more when procedures have that many outcomes.
    pub conditions: Option<u32>,
    /// Sources; `None` for one for five outcomes.
    pub sources: Option<u32>,
    /// Outcomes of the first procedure; `None` when it has as many as the others.
    pub largest: Option<u32>,
    /// Which library of this size.
    pub seed: u64,
}

/// A generated library before it is written.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub(super) procedures: u32,
    outcomes: u32,
    pub(super) conditions: u32,
    pub(super) sources: u32,
    pub(super) seed: u64,
    /// Outcomes of the first procedure, where they are more than its share.
    largest: Option<u32>,
    /// Outcomes that procedures share evenly.
    shared: u32,
}

/// Why there is no library of a size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Something that there must be is wanted zero times.
    #[error("A library needs at least one of its {0}.")]
    None(&'static str),
    /// A procedure would have more outcomes than there are conditions, and an outcome is for a condition of its own.
    #[error("A procedure would have {most} outcomes, each for another condition, and there are {conditions} conditions.")]
    TooFewConditions {
        /// Outcomes of the procedure that has most.
        most: u32,
        /// Conditions of the library.
        conditions: u32,
    },
    /// The document of a procedure would be too large to import.
    #[error("A procedure would have {0} outcomes, and its document can hold {MAX_OUTCOMES}.")]
    TooManyOutcomes(u32),
    /// The largest procedure is to have more outcomes than there are.
    #[error("The largest procedure cannot have {largest} of {outcomes} outcomes.")]
    LargestOfFewer {
        /// Outcomes that it is to have.
        largest: u32,
        /// Outcomes of the library.
        outcomes: u32,
    },
    /// The largest procedure would not be the largest.
    #[error("The largest procedure is to have {largest} outcomes, but others would have {most}.")]
    NotLargest {
        /// Outcomes that it is to have.
        largest: u32,
        /// Outcomes that others would have.
        most: u32,
    },
}

impl Plan {
    /// Plans a library.
    ///
    /// # Errors
    /// When there is none of this size.
    pub fn new(size: Size) -> Result<Self, PlanError> {
        let Size { procedures, outcomes, conditions, sources, largest, seed } = size;
        let wanted = [("procedures", Some(procedures)), ("conditions", conditions), ("sources", sources)];
        if let Some((name, _)) = wanted.into_iter().find(|(_, count)| *count == Some(0)) {
            return Err(PlanError::None(name));
        }
        let shared = match largest {
            Some(largest) => outcomes.checked_sub(largest).ok_or(PlanError::LargestOfFewer { largest, outcomes })?,
            None => outcomes,
        };
        let sharers = procedures - u32::from(largest.is_some());
        let most_shared = if sharers == 0 { shared } else { shared.div_ceil(sharers) };
        if let Some(largest) = largest.filter(|largest| *largest < most_shared || (sharers == 0 && shared > 0)) {
            return Err(PlanError::NotLargest { largest, most: most_shared });
        }
        let most = largest.unwrap_or(most_shared);
        if most > MAX_OUTCOMES {
            return Err(PlanError::TooManyOutcomes(most));
        }
        let usual = (procedures / 10).max(2 * most_shared).max(most).max(1);
        let conditions = conditions.unwrap_or(usual);
        if most > conditions {
            return Err(PlanError::TooFewConditions { most, conditions });
        }
        let sources = sources.unwrap_or((outcomes / 5).max(10));
        Ok(Self { procedures, outcomes, conditions, sources, seed, largest, shared })
    }

    /// How many outcomes a procedure has; procedures count from 1.
    pub(super) fn outcomes_of(&self, procedure: u32) -> u32 {
        let (index, sharers) = match self.largest {
            Some(largest) if procedure == 1 => return largest,
            Some(_) => (procedure - 2, self.procedures - 1),
            None => (procedure - 1, self.procedures),
        };
        // Shares differ by one at most.
        let upto = |index: u32| u64::from(index) * u64::from(self.shared) / u64::from(sharers);
        u32::try_from(upto(index + 1) - upto(index)).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { procedures, outcomes, conditions, sources, .. } = self;
        write!(f, "{procedures} procedures, {outcomes} outcomes, {conditions} conditions and {sources} sources")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { procedures: 7, outcomes: 30, conditions: None, sources: None, largest: None, seed: 0 };

    fn shares(size: Size) -> Vec<u32> {
        let plan = Plan::new(size).unwrap();
        (1..=plan.procedures).map(|procedure| plan.outcomes_of(procedure)).collect()
    }

    fn refused(size: Size) -> String {
        Plan::new(size).unwrap_err().to_string()
    }

    #[test]
    fn procedures_share_the_outcomes_evenly() {
        assert_eq!(shares(SIZE), [4, 4, 4, 5, 4, 4, 5]);
        assert_eq!(shares(Size { largest: Some(12), ..SIZE }), [12, 3, 3, 3, 3, 3, 3]);
        assert_eq!(shares(Size { procedures: 1, largest: Some(30), ..SIZE }), [30]);
        assert_eq!(shares(Size { outcomes: 0, ..SIZE }), [0; 7]);
    }

    #[test]
    fn a_library_that_cannot_be_is_refused_with_the_reason() {
        let refused = [
            refused(Size { procedures: 0, ..SIZE }),
            refused(Size { sources: Some(0), ..SIZE }),
            refused(Size { conditions: Some(4), ..SIZE }),
            refused(Size { outcomes: 70_000, ..SIZE }),
            refused(Size { largest: Some(31), ..SIZE }),
            refused(Size { largest: Some(2), ..SIZE }),
            refused(Size { procedures: 1, largest: Some(20), ..SIZE }),
        ];
        insta::assert_snapshot!(refused.join("\n"), @"
        A library needs at least one of its procedures.
        A library needs at least one of its sources.
        A procedure would have 5 outcomes, each for another condition, and there are 4 conditions.
        A procedure would have 10000 outcomes, and its document can hold 5000.
        The largest procedure cannot have 31 of 30 outcomes.
        The largest procedure is to have 2 outcomes, but others would have 5.
        The largest procedure is to have 20 outcomes, but others would have 10.
        ");
    }
}
