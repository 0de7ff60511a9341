//! Generated libraries, before references become row numbers.

use proptest::{option, prelude::*};

use super::{
    library::Library,
    shape::{
        ANAESTHESIA_TIMINGS, ANAESTHESIA_TYPES, ANAESTHESIA_USES, ATTRIBUTES, CATEGORIES, DIRECTIONS, EXTENTS, GRADES,
        INVASIVENESS, KINDS, PURPOSES, RESPONDERS, SOURCE_KINDS, SPEEDS, STATUSES, UNITS,
    },
    text::texts,
};

type Name = &'static str;

/// A generated library. Numbers refer to other rows: a number modulo the number of rows is the index of the row.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub sources: Vec<DrawnSource>,
    pub conditions: Vec<DrawnCondition>,
    pub procedures: Vec<DrawnProcedure>,
    pub outcomes: Vec<DrawnOutcome>,
}

#[derive(Clone, Debug)]
pub struct DrawnSource {
    pub slug: String,
    pub kind: Name,
    pub title: String,
    pub year: Option<i64>,
    pub level: Option<i64>,
    pub extent_read: Name,
    pub doi: Option<String>,
}

/// The sources that a condition, a procedure or an outcome cites.
#[derive(Clone, Debug)]
pub struct Cited {
    pub sources: Vec<usize>,
    pub by_field: Vec<Vec<usize>>,
    pub citations: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct DrawnCondition {
    pub slug: String,
    pub name: String,
    pub kind: Name,
    pub aliases: Vec<String>,
    pub parent: Option<usize>,
    pub cited: Cited,
}

#[derive(Clone, Debug)]
pub struct DrawnProcedure {
    pub slug: String,
    pub name: String,
    pub category: Name,
    pub invasiveness: Option<Name>,
    pub status: Name,
    pub aliases: Vec<String>,
    pub purpose: Vec<Name>,
    pub anaesthesia: Vec<(Name, Name, Option<Name>)>,
    pub recovery: Option<DrawnRecovery>,
    pub parent: Option<usize>,
    pub contraindicated: Vec<usize>,
    pub adverse_effects: Vec<(String, Option<f64>, bool)>,
    pub cited: Cited,
}

#[derive(Clone, Debug)]
pub struct DrawnRecovery {
    pub speed: Option<Name>,
    pub back_to_normal: Option<DrawnDuration>,
    pub downtime: Vec<DrawnDuration>,
}

#[derive(Clone, Debug)]
pub struct DrawnDuration {
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub unit: Option<Name>,
}

#[derive(Clone, Debug)]
pub struct DrawnOutcome {
    pub slug: String,
    pub procedure: usize,
    pub condition: usize,
    pub also_covers: Vec<usize>,
    pub variant: Option<String>,
    pub common_use: Option<bool>,
    pub grade: Name,
    pub evidence_level: Option<i64>,
    pub responders: Option<Name>,
    pub effects: Vec<(Name, Name)>,
    pub cited: Cited,
}

/// Generates libraries with at most a dozen rows of each type.
pub fn libraries() -> impl Strategy<Value = Library> {
    let sources = prop::collection::vec(source(), 0..14);
    let conditions = prop::collection::vec(condition(), 0..10);
    let procedures = prop::collection::vec(procedure(), 0..8);
    let outcomes = prop::collection::vec(outcome(), 0..16);
    (sources, conditions, procedures, outcomes).prop_map(|(sources, conditions, procedures, outcomes)| {
        Library::of(&Drawn { sources, conditions, procedures, outcomes })
    })
}

/// Generates prefixes of slugs; a number makes each slug unique.
pub fn slugs() -> impl Strategy<Value = String> {
    "[a-d0-2]{1,2}"
}

/// Generates percentages.
pub fn percents() -> impl Strategy<Value = f64> {
    prop::sample::select(&[0.0, 0.1, 12.5, 33.333_333_333_333_336, 100.0][..])
}

fn names() -> impl Strategy<Value = String> {
    texts(1..=2)
}

fn one_of(names: &'static [Name]) -> impl Strategy<Value = Name> {
    prop::sample::select(names)
}

fn number() -> impl Strategy<Value = usize> {
    0..16_usize
}

fn some() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(number(), 0..4)
}

fn cited() -> impl Strategy<Value = Cited> {
    (some(), prop::collection::vec(some(), 0..3), some()).prop_map(|(sources, by_field, citations)| Cited {
        sources,
        by_field,
        citations,
    })
}

fn source() -> impl Strategy<Value = DrawnSource> {
    let level = option::of(1..=3_i64);
    let year = option::weighted(0.6, 2019..=2021_i64);
    (slugs(), one_of(SOURCE_KINDS), names(), year, level, one_of(EXTENTS), option::of(names())).prop_map(
        |(slug, kind, title, year, level, extent_read, doi)| DrawnSource {
            slug,
            kind,
            title,
            year,
            level,
            extent_read,
            doi,
        },
    )
}

fn condition() -> impl Strategy<Value = DrawnCondition> {
    (slugs(), names(), one_of(KINDS), aliases(), option::weighted(0.7, number()), cited())
        .prop_map(|(slug, name, kind, aliases, parent, cited)| DrawnCondition { slug, name, kind, aliases, parent, cited })
}

fn aliases() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(names(), 0..3)
}

fn recovery() -> impl Strategy<Value = DrawnRecovery> {
    (option::of(one_of(SPEEDS)), option::of(duration()), prop::collection::vec(duration(), 0..3))
        .prop_map(|(speed, back_to_normal, downtime)| DrawnRecovery { speed, back_to_normal, downtime })
}

fn duration() -> impl Strategy<Value = DrawnDuration> {
    let bound = || option::weighted(0.7, prop::sample::select(&[0.0, 0.5, 1.0, 2.0, 7.0, 12.0, 24.0, 60.0][..]));
    (bound(), bound(), option::weighted(0.8, one_of(UNITS))).prop_map(|(min, max, unit)| DrawnDuration { min, max, unit })
}

/// Generates numbers of days near those of generated durations.
pub fn days() -> impl Strategy<Value = f64> {
    prop::sample::select(&[0.0, 1.0 / 24.0, 0.5, 1.0, 2.0, 7.0, 14.0, 30.4375, 60.875][..])
}

fn procedure() -> impl Strategy<Value = DrawnProcedure> {
    let anaesthesia = (one_of(ANAESTHESIA_TYPES), one_of(ANAESTHESIA_USES), option::of(one_of(ANAESTHESIA_TIMINGS)));
    let described = (
        aliases(),
        prop::collection::vec(one_of(PURPOSES), 0..3),
        prop::collection::vec(anaesthesia, 0..3),
        option::weighted(0.7, recovery()),
    );
    let adverse_effects = prop::collection::vec((names(), option::of(percents()), any::<bool>()), 0..3);
    let classes = (one_of(CATEGORIES), option::of(one_of(INVASIVENESS)), one_of(STATUSES));
    (slugs(), names(), classes, described, option::of(number()), some(), adverse_effects, cited()).prop_map(
        |(slug, name, classes, described, parent, contraindicated, adverse_effects, cited)| {
            let ((category, invasiveness, status), (aliases, purpose, anaesthesia, recovery)) = (classes, described);
            DrawnProcedure {
                slug,
                name,
                category,
                invasiveness,
                status,
                aliases,
                purpose,
                anaesthesia,
                recovery,
                parent,
                contraindicated,
                adverse_effects,
                cited,
            }
        },
    )
}

fn outcome() -> impl Strategy<Value = DrawnOutcome> {
    let ends = (number(), number(), some());
    let strength = (one_of(GRADES), option::of(1..=3_i64), option::of(one_of(RESPONDERS)));
    let effects = prop::collection::vec((one_of(ATTRIBUTES), one_of(DIRECTIONS)), 0..3);
    (slugs(), ends, option::of(names()), option::of(any::<bool>()), strength, effects, cited()).prop_map(
        |(slug, (procedure, condition, also_covers), variant, common_use, strength, effects, cited)| {
            let (grade, evidence_level, responders) = strength;
            DrawnOutcome {
                slug,
                procedure,
                condition,
                also_covers,
                variant,
                common_use,
                grade,
                evidence_level,
                responders,
                effects,
                cited,
            }
        },
    )
}
