//! What patients want to know before a visit: pain, practitioners and costs.

use crate::{
    content::{shared::provenance::STATEMENT_SOURCES, source::Source},
    engine::{
        catalog::Format,
        declare::{Choice, Members, Value},
    },
};

/// The earliest year of a cost: older prices are of no use.
const EARLIEST_YEAR: i32 = 1990;

/// The value object of pain.
pub struct Pain;

impl Value for Pain {
    const NAME: &'static str = "Pain";
    const ABOUT: &'static str = "How much a procedure hurts.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<PainLevel>("level", "How much it hurts; null if the sources do not grade it.").indexed();
        d.text("text", "How it feels, in one or two sentences.").required();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of levels of pain.
pub struct PainLevel;

impl Choice for PainLevel {
    const NAME: &'static str = "PainLevel";
    const ABOUT: &'static str = "How much a procedure hurts, in the words of a source. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NONE", "It does not hurt."),
        ("MILD", "It hurts little, or is only uncomfortable."),
        ("MODERATE", "It hurts moderately."),
        ("SEVERE", "It hurts a lot."),
    ];
}

/// The value object of statements about practitioners.
pub struct PractitionerStatement;

impl Value for PractitionerStatement {
    const NAME: &'static str = "PractitionerStatement";
    const ABOUT: &'static str = "Who may or should do a procedure.";

    fn declare(d: &mut Members<'_>) {
        d.text(
            "country",
            "Country where the statement applies, as an ISO 3166-1 code, for example `GB`; null if the statement names none.",
        )
        .format(Format::Country)
        .indexed();
        d.text("text", "The statement, paraphrased by the editors.").required();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of costs.
pub struct CostRange;

impl Value for CostRange {
    const NAME: &'static str = "CostRange";
    const ABOUT: &'static str = "What a procedure costs in one country, as an authority states it. Prices differ between \
        clinics and change over time.";

    fn declare(d: &mut Members<'_>) {
        d.float("min", "Lowest cost in `currency`; null if the source gives none.").at_least(0).indexed();
        d.float("max", "Highest cost in `currency`; null if the source gives none.").at_least(0).indexed();
        d.text("currency", "Currency, as an ISO 4217 code, for example `GBP`.")
            .required()
            .format(Format::Currency)
            .indexed();
        d.text("country", "Country, as an ISO 3166-1 code, for example `GB`.").required().format(Format::Country).indexed();
        d.int("year", "Year of the statement; null if the source gives none.")
            .at_least(EARLIEST_YEAR)
            .format(Format::Year { ahead: 0 })
            .indexed();
        d.text("per", "What the cost is for, for example `session` or `area`; null if the source does not say.").indexed();
        d.text("text", "The statement in the words of the source.").required();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}
