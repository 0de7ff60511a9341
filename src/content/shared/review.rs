//! Reviews of content by a clinician.

use crate::engine::{
    catalog::Format,
    declare::{Members, Value},
};

/// Description of `review` on records.
pub const REVIEW: &str = "Latest review of this record by a qualified person, such as a clinician; null until there is one.";

/// The value object of reviews.
pub struct Review;

impl Value for Review {
    const NAME: &'static str = "Review";
    const ABOUT: &'static str = "A review of a record by a person who is qualified to judge it.";

    fn declare(d: &mut Members<'_>) {
        d.text("reviewedOn", "Date of the review, for example `2026-11-28`.").required().format(Format::PastDate).indexed();
        d.text("reviewer", "Name of the reviewer.").required();
        d.text("role", "Qualification of the reviewer, for example `dermatologist`.").required().indexed();
        d.text(
            "nextDue",
            "Date by which the record should be reviewed again; null if none is set. A filter for dates before today finds the \
             records whose review is overdue.",
        )
        .format(Format::Date)
        .indexed();
    }
}
