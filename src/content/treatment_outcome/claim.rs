//! Certainty of a claim, and how people respond.

use crate::engine::declare::Choice;

/// The enumeration of certainties.
pub struct Certainty;

impl Choice for Certainty {
    const NAME: &'static str = "Certainty";
    const ABOUT: &'static str = "Certainty of evidence: the four GRADE ratings, as stated by a source, never inferred. If a \
        source states a range, the lower rating applies. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_ASSESSED", "No source that was read rates the certainty."),
        ("VERY_LOW", "Very little confidence; the true effect probably differs substantially from the estimate."),
        ("LOW", "Limited confidence; the true effect may differ substantially from the estimate."),
        (
            "MODERATE",
            "Moderately confident; the true effect is probably close to the estimate, but may differ substantially.",
        ),
        ("HIGH", "Very confident that the true effect is close to the estimate."),
    ];
}

/// The enumeration of response variability.
pub struct ResponseVariability;

impl Choice for ResponseVariability {
    const NAME: &'static str = "ResponseVariability";
    const ABOUT: &'static str = "Whether results differ between people. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_STATED", "The sources do not say."),
        ("CONSISTENT", "The sources say that results do not differ."),
        ("VARIABLE", "The sources say that results differ."),
    ];
}

/// The enumeration of how many people respond.
pub struct Responders;

impl Choice for Responders {
    const NAME: &'static str = "Responders";
    const ABOUT: &'static str =
        "How many of the people treated respond. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("FEW", "Few people."), ("SOME", "Some people."), ("MOST", "Most people.")];
}
