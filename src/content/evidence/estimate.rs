//! Numbers that a source reports for a finding.

use crate::engine::declare::{Choice, Members, Value};

/// The smallest confidence level of an interval, in percent. A smaller number is a typing error, such as 0.95.
const LEAST_CONFIDENCE: i32 = 50;

/// The value object of estimates.
pub struct Estimate;

impl Value for Estimate {
    const NAME: &'static str = "Estimate";
    const ABOUT: &'static str = "Size of an effect, as the source gives it. It is never computed by the editors. Whether a \
        larger number is better depends on what was measured; `EvidenceItem.direction` says which treatment had more \
        benefit.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EstimateMeasure>("measure", "What the number measures.").required();
        d.float("value", "The estimate.").required();
        d.float("low", "Lower end of the confidence interval; null if the source gives none.");
        d.float("high", "Upper end of the confidence interval; null if the source gives none.");
        d.float("confidence", "Confidence level of the interval in percent, usually 95; null if there is no interval.")
            .between(LEAST_CONFIDENCE, 100);
        d.text("unit", "Unit of `value`, as a UCUM code if one exists; null if it has none.");
        d.text("comparator", "What the procedure was compared with; null if it was compared with nothing.");
    }
}

/// The enumeration of measures of effects.
pub struct EstimateMeasure;

impl Choice for EstimateMeasure {
    const NAME: &'static str = "EstimateMeasure";
    const ABOUT: &'static str = "What an estimate measures. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("RISK_RATIO", "Risk ratio. 1 means no difference."),
        ("ODDS_RATIO", "Odds ratio. 1 means no difference."),
        ("HAZARD_RATIO", "Hazard ratio. 1 means no difference."),
        ("RISK_DIFFERENCE", "Difference between two risks, as a fraction of 1. 0 means no difference."),
        ("MEAN_DIFFERENCE", "Difference between two means, in `unit`. 0 means no difference."),
        ("STANDARDISED_MEAN_DIFFERENCE", "Difference between two means in standard deviations. 0 means no difference."),
        ("PERCENT_RESPONDING", "Percentage of people who respond, without a comparison."),
        ("PERCENT_CHANGE", "Percentage by which a quantity changes; negative for a decrease."),
    ];
}

/// The value object of numbers of people in a hundred.
pub struct Per100;

impl Value for Per100 {
    const NAME: &'static str = "Per100";
    const ABOUT: &'static str =
        "How many people in 100 have a result, with and without the procedure, as the source gives it.";

    fn declare(d: &mut Members<'_>) {
        d.float("treated", "People in 100 with the procedure.").required().between(0, 100);
        d.float("control", "People in 100 with the comparison; null if the source gives none.").between(0, 100);
        d.text("outcome", "The result that is counted, for example `more than half of the scars improved`.").required();
    }
}
