//! Sources: the works that statements cite, and the check of their addresses and identifiers.

use super::{
    adjunct::Adjunct, biological_target::BiologicalTarget, condition::Condition, device::Device, evidence::EvidenceItem,
    outcome_measure::OutcomeMeasure, procedure::Procedure, treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::{Format, Layout, Searched},
        declare::{Choice, Content, Declaration},
    },
    entity::{
        evidence, link,
        source::{Column, Entity},
    },
};

mod address;
mod hosts;
mod references;

pub use references::{Document, Remark, check_references};

/// The earliest year of a source: no cited work is older.
const EARLIEST_YEAR: i32 = 1500;

/// Number of years by which the year of a source may be in the future: journals publish articles before the issue that
/// has them.
const YEARS_AHEAD: u8 = 1;

/// The content type of sources.
pub struct Source;

impl Content for Source {
    type Entity = Entity;
    const NAME: &'static str = "Source";
    const ABOUT: &'static str =
        "A work cited by statements, such as a study, a review, a reference text or a page of an authority.";
    const SINGULAR: &'static str = "source";
    const PLURAL: &'static str = "sources";
    const LAYOUT: Layout = Layout::Collection("sources");
    const SEARCH_PERCENT: i32 = 20;
    const LABEL: &'static str = "title";
    const PAGES: Option<&'static str> = Some("/explore/sources");
    const DEFAULT_ORDER: &'static str = "slug";

    fn declare(d: &mut Declaration<'_, Entity>) {
        bibliography(d);
        cited_by(d);
    }
}

fn bibliography(d: &mut Declaration<'_, Entity>) {
    d.choice::<SourceKind>("kind", Column::Kind, "Kind of work.").required().indexed();
    d.text("title", Column::Title, "Title of the work. If it was shortened or taken from a description, `note` says so.")
        .required()
        .indexed()
        .searched(Searched::Name);
    d.text("authors", Column::Authors, "Authors, as cited; null if not recorded.").indexed().searched(Searched::Text);
    d.text("publisher", Column::Publisher, "Journal, publisher or institution; null if not recorded.")
        .indexed()
        .searched(Searched::Text);
    d.int("year", Column::Year, "Year of publication; null if not recorded.")
        .at_least(EARLIEST_YEAR)
        .format(Format::Year { ahead: YEARS_AHEAD })
        .indexed();
    d.text("url", Column::Url, "URL of the work; null if it has none.").indexed().format(Format::Url);
    d.text(
        "doi",
        Column::Doi,
        "Digital object identifier (DOI) without a resolver, for example `10.1111/iwj.13559`; null if none is recorded.",
    )
    .indexed()
    .format(Format::Doi)
    .searched(Searched::Identifier);
    d.text("pmid", Column::Pmid, "PubMed identifier (PMID); null if none is recorded.")
        .indexed()
        .format(Format::Pmid)
        .searched(Searched::Code);
    d.text(
        "pmcid",
        Column::Pmcid,
        "PubMed Central identifier (PMCID), including the prefix `PMC`; null if none is recorded.",
    )
    .indexed()
    .format(Format::Pmcid)
    .searched(Searched::Code);
    d.int(
        "level",
        Column::Level,
        "Oxford CEBM 2011 step for treatment benefits, judged only by the design of the work: 1 systematic review of \
         randomised trials, 2 randomised trial or review of mixed designs, 3 non-randomised controlled study, 4 study \
         without controls, 5 reasoning from mechanism. Expert text is level 5 too; that is an addition of this project, \
         which the table of 2011 does not have. Null if the work has none of these designs.",
    )
    .between(1, 5)
    .indexed();
    d.choice::<ReadExtent>("extentRead", Column::ExtentRead, "How much of the work the editors read.").required().indexed();
    d.text("note", Column::Note, "Remark on the work or on how it was read; null if none.");
}

fn cited_by(d: &mut Declaration<'_, Entity>) {
    d.many::<EvidenceItem>("evidence", evidence::Column::SourceId, "Evidence items that report findings of this source.");
    d.linked_from::<Procedure, link::procedure_source::Entity>(
        "procedures",
        "Procedures that cite this source themselves. For citations in their outcomes, use `outcomes`.",
    );
    d.linked_from::<Condition, link::condition_source::Entity>("conditions", "Conditions that cite this source.");
    d.linked_from::<TreatmentOutcome, link::treatment_outcome_source::Entity>(
        "outcomes",
        "Treatment outcomes that cite this source, themselves or in their evidence.",
    );
    d.linked_from::<BiologicalTarget, link::biological_target_source::Entity>(
        "biologicalTargets",
        "Biological targets that cite this source.",
    );
    d.linked_from::<Adjunct, link::adjunct_source::Entity>("adjuncts", "Adjuncts that cite this source.");
    d.linked_from::<OutcomeMeasure, link::outcome_measure_source::Entity>(
        "outcomeMeasures",
        "Outcome measures that cite this source.",
    );
    d.linked_from::<Device, link::device_source::Entity>("devices", "Devices that cite this source.");
}

/// The enumeration of kinds of works.
pub struct SourceKind;

impl Choice for SourceKind {
    const NAME: &'static str = "SourceKind";
    const ABOUT: &'static str = "Kind of work. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("META_ANALYSIS", "A review that pools the results of studies."),
        ("SYSTEMATIC_REVIEW", "A review that searches for all studies of a question."),
        ("RANDOMISED_TRIAL", "A trial whose participants, or the sides of their bodies, were assigned at random."),
        ("CONTROLLED_STUDY", "A study with a comparison group that was not, or not clearly, assigned at random."),
        ("UNCONTROLLED_STUDY", "A study without a comparison group."),
        ("REVIEW", "A review that describes the state of knowledge."),
        ("GUIDELINE", "Recommendations of a professional body."),
        ("REFERENCE_TEXT", "An entry in a medical reference work."),
        ("BOOK_CHAPTER", "A chapter of a book."),
        ("ARTICLE", "Another article in a journal."),
        ("REGULATOR", "A page, label or warning of a regulatory authority."),
        ("HEALTH_SERVICE", "A page for patients by a health service or a hospital."),
        ("CODE_SYSTEM", "An edition of a terminology."),
        ("WEB_PAGE", "Another web page."),
        ("EDITORIAL_BRIEF", "A text written by this project."),
    ];
    const LABELS: &'static [(&'static str, &'static str)] = &[("META_ANALYSIS", "Meta-analysis")];
}

/// The enumeration of how much of a work was read.
pub struct ReadExtent;

impl Choice for ReadExtent {
    const NAME: &'static str = "ReadExtent";
    const ABOUT: &'static str =
        "How much of a work the editors read. The values are in order, from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PART", "An excerpt, such as the beginning of the page or one passage."),
        ("ABSTRACT", "The whole abstract."),
        ("FULL", "The whole text."),
    ];
}
