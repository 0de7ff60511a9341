//! How certain a claim is, and for how many.

use crate::engine::declare::Choice;

/// Certainty of evidence.
pub struct Certainty;

impl Choice for Certainty {
    const NAME: &'static str = "Certainty";
    const ABOUT: &'static str = "Certainty of evidence: the four GRADE ratings, as a source states them. It is never \
        inferred; of a stated range the lower rating is taken. The values run from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NOT_ASSESSED", "No source read rates it."),
        ("VERY_LOW", "Very little confidence; the true effect is likely to differ much from the estimate."),
        ("LOW", "Limited confidence; the true effect may differ much from the estimate."),
        ("MODERATE", "Moderately confident; the true effect is likely close to the estimate, but may differ much."),
        ("HIGH", "Very confident that the true effect is close to the estimate."),
    ];
}

/// Whether results differ between people.
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

/// How many people respond.
pub struct Responders;

impl Choice for Responders {
    const NAME: &'static str = "Responders";
    const ABOUT: &'static str = "How many of those treated respond. The values run from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("FEW", "Few people."), ("SOME", "Some people."), ("MOST", "Most people.")];
}
