//! Sources: the works that statements cite.

use super::{
    adjunct::Adjunct, biological_target::BiologicalTarget, condition::Condition, device::Device, evidence::Evidence,
    outcome_measure::OutcomeMeasure, procedure::Procedure, treatment_outcome::TreatmentOutcome,
};
use crate::{
    engine::{
        catalog::{Format, Layout},
        declare::{Choice, Content, Declaration},
    },
    entity::{
        evidence, link,
        source::{Column, Entity},
    },
};

/// A work that statements cite.
pub struct Source;

impl Content for Source {
    type Entity = Entity;
    const NAME: &'static str = "Source";
    const ABOUT: &'static str = "A work that statements cite: a study, a review, a reference text, a page of an authority.";
    const SINGULAR: &'static str = "source";
    const PLURAL: &'static str = "sources";
    const LAYOUT: Layout = Layout::Collection("sources");
    const DEFAULT_ORDER: &'static str = "slug";

    fn declare(d: &mut Declaration<'_, Entity>) {
        bibliography(d);
        cited_by(d);
    }
}

fn bibliography(d: &mut Declaration<'_, Entity>) {
    d.choice::<SourceKind>("kind", Column::Kind, "What kind of work it is.").required().indexed();
    d.text("title", Column::Title, "Title; `note` says so when it was shortened or taken from a description.")
        .required()
        .indexed();
    d.text("authors", Column::Authors, "Authors, as they are cited; null when not recorded.");
    d.text("publisher", Column::Publisher, "Journal, publisher or institution; null when not recorded.");
    d.int("year", Column::Year, "Year of publication; null when not recorded.").indexed();
    d.text("url", Column::Url, "Address where a reader finds the work; null when it has none.").format(Format::Url);
    d.text("readUrl", Column::ReadUrl, "Address of the page that was read, where it is not `url`; otherwise null.")
        .format(Format::Url);
    d.text(
        "doi",
        Column::Doi,
        "Digital object identifier without resolver, for example `10.1111/iwj.13559`; null when none is known.",
    )
    .indexed()
    .format(Format::Doi);
    d.text("pmid", Column::Pmid, "PubMed identifier; null when none is known.").indexed().format(Format::Pmid);
    d.text("pmcid", Column::Pmcid, "PubMed Central identifier, with the letters PMC; null when none is known.")
        .indexed()
        .format(Format::Pmcid);
    d.int(
        "level",
        Column::Level,
        "Oxford CEBM 2011 step for treatment benefits, by the design of the work alone: 1 systematic review of randomised \
         trials, 2 randomised trial or review of mixed designs, 3 non-randomised controlled study, 4 study without controls, \
         5 expert text or reasoning from mechanism. Null when it is no study or text of that sort.",
    )
    .indexed();
    d.choice::<ReadExtent>("extentRead", Column::ExtentRead, "How much of the work was read to write the content.")
        .required()
        .indexed();
    d.text("note", Column::Note, "Remark on the work or on how it was read; null when there is none.");
}

fn cited_by(d: &mut Declaration<'_, Entity>) {
    d.many::<Evidence>("evidence", evidence::Column::SourceId, "Findings of this work about treatment outcomes.");
    d.linked_from::<Procedure, link::procedure_source::Entity>(
        "procedures",
        "Procedures that cite it themselves; `treatmentOutcomes` has what their outcomes cite.",
    );
    d.linked_from::<Condition, link::condition_source::Entity>("conditions", "Conditions that cite it.");
    d.linked_from::<TreatmentOutcome, link::treatment_outcome_source::Entity>(
        "treatmentOutcomes",
        "Treatment outcomes that cite it, themselves or in their evidence.",
    );
    d.linked_from::<BiologicalTarget, link::biological_target_source::Entity>(
        "biologicalTargets",
        "Biological targets that cite it.",
    );
    d.linked_from::<Adjunct, link::adjunct_source::Entity>("adjuncts", "Adjuncts that cite it.");
    d.linked_from::<OutcomeMeasure, link::outcome_measure_source::Entity>(
        "outcomeMeasures",
        "Outcome measures that cite it.",
    );
    d.linked_from::<Device, link::device_source::Entity>("devices", "Devices that cite it.");
}

/// Kinds of works.
pub struct SourceKind;

impl Choice for SourceKind {
    const NAME: &'static str = "SourceKind";
    const ABOUT: &'static str = "What kind of work a source is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("META_ANALYSIS", "A review that pools the results of studies."),
        ("SYSTEMATIC_REVIEW", "A review that looks for all studies of a question."),
        ("RANDOMISED_TRIAL", "A trial whose participants, or their sides, were assigned at random."),
        ("CONTROLLED_STUDY", "A study with a comparison that was not, or not clearly, assigned at random."),
        ("UNCONTROLLED_STUDY", "A study without a comparison."),
        ("REVIEW", "A review that tells the state of knowledge."),
        ("GUIDELINE", "Advice of a professional body."),
        ("REFERENCE_TEXT", "An entry of a medical reference work."),
        ("BOOK_CHAPTER", "A chapter of a book."),
        ("ARTICLE", "Another article in a journal."),
        ("REGULATOR", "A page, a label or a warning of a regulatory authority."),
        ("HEALTH_SERVICE", "A page of a health service or a hospital for patients."),
        ("CODE_SYSTEM", "An edition of a terminology."),
        ("WEB_PAGE", "Another page on the web."),
        ("EDITORIAL_BRIEF", "A text of the project itself."),
    ];
}

/// How much of a work was read.
pub struct ReadExtent;

impl Choice for ReadExtent {
    const NAME: &'static str = "ReadExtent";
    const ABOUT: &'static str =
        "How much of a work was read to write the content. The values run from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("PART", "An excerpt: the beginning of the page or a passage."),
        ("ABSTRACT", "The whole abstract."),
        ("FULL", "The whole text."),
    ];
}
