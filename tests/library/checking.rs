//! Checking content documents.

use dermagraph::{
    content::catalog,
    library::{DocumentFile, check, check_each_document, starter},
};
use time::{OffsetDateTime, macros::datetime};

use crate::support::{file, starter_with};

/// Returns the problems of documents, one per line.
fn problems(files: &[DocumentFile]) -> String {
    lines(&check(catalog(), OffsetDateTime::now_utc, files).problems)
}

/// Returns the problems within each document, one per line. References are not checked.
fn problems_alone(text: &str) -> String {
    lines(&check_each_document(catalog(), OffsetDateTime::now_utc, &[file("a.yaml", text)]))
}

fn lines(problems: &[dermagraph::library::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_starter_library_has_no_problems() {
    let report = check(catalog(), OffsetDateTime::now_utc, &starter());
    assert_eq!(report.problems, []);
    let of_the_types: Vec<&str> = catalog().contents().map(|(object, _)| object.name).collect();
    assert!(of_the_types.iter().all(|name| report.documents[name] > 0), "{:?}", report.documents);
}

#[test]
fn every_problem_of_a_file_is_reported_at_once() {
    let text = "\
notice: Educational content.
slug: Peel_1
name: 12
aliases: [A, A]
category: LAZER
purpose: COSMETIC
status: DRAFT
locale: english
descripton: A peel.
revision: 3
sources: []
fieldSources: {nmae: [a], description: b}
codes:
  - {system: ICD10CM, code: L9, display: '', match: EXACT}
mechanism:
  summary: \"Bell \\a\"
  actions:
    - {position: 2, action: REMOVES, target: epidermis}
    - {action: REMOVES, target: [epidermis]}
visitDuration: {min: 30, max: 20, unit: MINUTE, text: half an hour}
regulatory:
  - {country: US, authority: FDA, text: S., minimumAge: 3000000000}
outcomes:
  - {slug: peel--acne, condition: scars, effects: [], expectedEffect: E., certainty: NOT_ASSESSED, responseVariability: 1.5}
  - no document
";
    insta::assert_snapshot!(problems_alone(text), @r#"
    a.yaml:1:1: description: This field is required.
    a.yaml:2:7: slug: "Peel_1" is not a slug: lowercase letters and digits, with single hyphens between them, such as acne-scars.
    a.yaml:3:7: name: Expected text (put it in quotes), found the number 12.
    a.yaml:4:14: aliases[1]: "A" occurs twice in this list.
    a.yaml:5:11: category: "LAZER" is not a value of ProcedureCategory. Did you mean "LASER"?
    a.yaml:6:10: purpose: Expected a list, found the text "COSMETIC".
    a.yaml:8:9: locale: "english" is not a language tag such as en or de-AT.
    a.yaml:9:1: descripton: "descripton" is not a key of Procedure. Did you mean "description"?
    a.yaml:10:1: revision: The service sets this; documents do not contain it.
    a.yaml:11:10: sources: This list needs at least one entry.
    a.yaml:12:16: fieldSources.nmae: "nmae" is not a field of Procedure that can have sources. Did you mean "name"?
    a.yaml:12:40: fieldSources.description: Expected a list, found the text "b".
    a.yaml:14:29: codes[0].code: "L9" is not an ICD-10-CM code such as L90.5.
    a.yaml:14:42: codes[0].display: The text is empty.
    a.yaml:16:12: mechanism.summary: The text has a control character (U+0007).
    a.yaml:18:18: mechanism.actions[0].position: Positions count 1, 2, 3 … in the order of the list: expected 1, found the number 2.
    a.yaml:19:33: mechanism.actions[1].target: Expected the slug of a BiologicalTarget, found a list.
    a.yaml:20:22: visitDuration.min: "min" (30) is greater than "max" (20).
    a.yaml:22:57: regulatory[0].minimumAge: 3000000000 is out of range: whole numbers go from -2147483648 to 2147483647.
    a.yaml:24:5: outcomes[0].effectiveness: This field is required.
    a.yaml:24:5: outcomes[0].sources: This list needs at least one entry.
    a.yaml:24:12: outcomes[0].slug: This slug is composed of procedure and condition and must be "Peel_1--scars".
    a.yaml:24:51: outcomes[0].effects: This list needs at least one entry.
    a.yaml:24:121: outcomes[0].responseVariability: Expected a value of ResponseVariability, found the number 1.5.
    a.yaml:25:5: outcomes[1]: Expected a document, which is a mapping, found the text "no document".
    "#);
}

#[test]
fn each_wrong_value_says_what_was_expected() {
    let area = |rest: &str| problems_alone(&format!("notice: N.\nbodyAreas:\n  - {{slug: face, name: Face, {rest}}}\n"));
    insta::assert_snapshot!(area("parent: [a]"), @"a.yaml:3:38: bodyAreas[0].parent: Expected the slug of a BodyArea, found a list.");
    insta::assert_snapshot!(area("parent: 1"), @"a.yaml:3:38: bodyAreas[0].parent: Expected the slug of a BodyArea, found the number 1.");
    insta::assert_snapshot!(area("prent: head"), @r#"a.yaml:3:30: bodyAreas[0].prent: "prent" is not a key of BodyArea. Did you mean "parent"?"#);
    let source = |rest: &str| {
        let head = "notice: N.\nsources:\n  - {slug: a, kind: ARTICLE, title: T, extentRead: FULL, ";
        problems_alone(&format!("{head}{rest}}}\n"))
    };
    insta::assert_snapshot!(source("year: 2020.5"), @"a.yaml:3:64: sources[0].year: Expected a whole number, found the number 2020.5.");
    insta::assert_snapshot!(source("year: '2020'"), @r#"a.yaml:3:64: sources[0].year: Expected a whole number, found the text "2020"."#);
    insta::assert_snapshot!(source("pmid: 12345"), @"a.yaml:3:64: sources[0].pmid: Expected text (put it in quotes), found the number 12345.");
    insta::assert_snapshot!(source("pmid: 'PMC1', pmcid: '1', doi: 'https://doi.org/10.1/1', url: statpearls.com"), @r#"
    a.yaml:3:64: sources[0].pmid: "PMC1" is not a PubMed id, which is all digits.
    a.yaml:3:79: sources[0].pmcid: "1" is not a PubMed Central id such as PMC1234567.
    a.yaml:3:89: sources[0].doi: "https://doi.org/10.1/1" is not a DOI such as 10.1000/182, without an address before it.
    a.yaml:3:120: sources[0].url: "statpearls.com" is not an address that starts with https:// or http://.
    "#);
    insta::assert_snapshot!(source("level: .nan"), @"a.yaml:3:65: sources[0].level: Expected a whole number, found the number NaN.");
    insta::assert_snapshot!(source("authors: '  '"), @"a.yaml:3:67: sources[0].authors: The text is empty.");
    let measure = |scale: &str| {
        let head =
            "notice: N.\noutcomeMeasures:\n  - {slug: a, name: A, kind: MEASURED, description: D., sources: [a], scale: ";
        problems_alone(&format!("{head}{scale}}}\n"))
    };
    insta::assert_snapshot!(measure("{type: SCORE, min: 2, max: 1.5}"), @r#"a.yaml:3:97: outcomeMeasures[0].scale.min: "min" (2) is greater than "max" (1.5)."#);
    insta::assert_snapshot!(measure("{type: SCORE, min: .inf, max: no}"), @r#"
    a.yaml:3:97: outcomeMeasures[0].scale.min: Expected a finite number, found the number inf.
    a.yaml:3:108: outcomeMeasures[0].scale.max: Expected a number, found the text "no".
    "#);
    insta::assert_snapshot!(measure("SCORE"), @r#"a.yaml:3:78: outcomeMeasures[0].scale: Expected a mapping, found the text "SCORE"."#);
}

#[test]
fn slugs_are_unique_and_well_formed() {
    let areas = "notice: N.\nbodyAreas:\n  - {slug: face, name: Face}\n  - {slug: Face--x, name: Face}\n  - {name: Face}\n";
    let again = "notice: N.\nbodyAreas:\n  - {slug: face, name: Face}\n";
    insta::assert_snapshot!(problems(&[file("a.yaml", areas), file("b.yaml", again)]), @r#"
    a.yaml:4:12: bodyAreas[1].slug: "Face--x" is not a slug: lowercase letters and digits, with single hyphens between them, such as acne-scars.
    a.yaml:5:5: bodyAreas[2].slug: This field is required.
    b.yaml:3:12: There is already a BodyArea "face", in a.yaml:3:12.
    "#);
    let composed =
        starter_with("microneedling.yaml", "  - slug: microneedling--acne-scars", "  - slug: microneedling--acne");
    insta::assert_snapshot!(problems(&composed), @r#"content/procedures/microneedling.yaml:241:11: outcomes[0].slug: This slug is composed of procedure and condition and must be "microneedling--acne-scars"."#);
    let twice = starter_with("chemical-peel.yaml", "    condition: acne\n", "    condition: melasma\n");
    insta::assert_snapshot!(problems(&twice), @r#"
    content/procedures/chemical-peel.yaml:159:11: There is already a TreatmentOutcome "chemical-peel--melasma", in content/procedures/chemical-peel.yaml:145:11.
    content/procedures/chemical-peel.yaml:159:11: outcomes[1].slug: This slug is composed of procedure and condition and must be "chemical-peel--melasma".
    "#);
}

#[test]
fn a_slug_under_the_key_id_is_one_problem_that_says_what_to_write() {
    let areas = "notice: N.\nbodyAreas:\n  - {id: face, name: Face}\n  - {slug: ear, name: Ear, parent: face}\n";
    insta::assert_snapshot!(problems_alone(areas), @r#"a.yaml:3:6: bodyAreas[0].id: The service assigns ids; documents refer to records by "slug". Write "slug" instead of "id"."#);
}

#[test]
fn invalid_references_are_reported() {
    let dangling = starter_with("microneedling.yaml", "device: microneedling-device\n", "device: microneedling-divice\n");
    insta::assert_snapshot!(problems(&dangling), @r#"content/procedures/microneedling.yaml:73:13: steps[1].device: There is no Device "microneedling-divice". Did you mean "microneedling-device" or "rf-microneedling-device"?"#);
    let wrong_type = starter_with("microneedling.yaml", "target: scar-tissue", "target: acne-scars");
    insta::assert_snapshot!(problems(&wrong_type), @r#"content/procedures/microneedling.yaml:256:54: outcomes[0].mechanism.actions[0].target: "acne-scars" is a Condition, but a BiologicalTarget is expected here."#);
    let twice = starter_with("conditions.yaml", "bodyAreas: [face]", "bodyAreas: [face, face]");
    insta::assert_snapshot!(problems(&twice), @r#"content/conditions.yaml:25:23: conditions[1].bodyAreas[1]: "face" occurs twice in this list."#);
    let variant = starter_with("chemical-peel.yaml", "variant: deep", "variant: deeper");
    insta::assert_snapshot!(problems(&variant), @r#"content/procedures/chemical-peel.yaml:194:14: outcomes[3].variant: "deeper" is not one of procedure.variants.slug. Did you mean "deep"?"#);
}

#[test]
fn cycles_are_shown() {
    let areas = "notice: N.\nbodyAreas:\n  - {slug: a, name: A, parent: b}\n  - {slug: b, name: B, parent: c}\n  \
        - {slug: c, name: C, parent: a}\n  - {slug: d, name: D, parent: a}\n  - {slug: e, name: E, parent: e}\n";
    insta::assert_snapshot!(problems(&[file("a.yaml", areas)]), @"
    a.yaml:3:32: bodyAreas[0].parent: This is a cycle: a → b → c → a.
    a.yaml:7:32: bodyAreas[4].parent: This is a cycle: e → e.
    ");
}

#[test]
fn a_broken_file_does_not_hide_the_problems_of_others() {
    let mut files = starter_with("sources.yaml", "sources:\n", "sources: [\n");
    files.push(file("more.yaml", "notice: N.\nbodyAreas:\n  - {slug: ear}\n"));
    insta::assert_snapshot!(problems(&files), @r#"
    content/sources.yaml:14:3: This is not YAML: "-" is only valid inside a block.
    more.yaml:3:5: bodyAreas[0].name: This field is required.
    "#);
}

#[test]
fn the_content_type_of_a_document_is_found_by_its_keys() {
    insta::assert_snapshot!(problems_alone("notice: N.\nconditons:\n  - {slug: a}\n"), @r#"a.yaml:2:1: conditons: "conditons" is not the name of a collection. Did you mean "conditions"?"#);
    insta::assert_snapshot!(problems_alone("notice: N.\nbodyAreas:\nconditions: []\nextra: 1\n"), @r#"a.yaml:4:1: extra: "extra" is not the name of a collection."#);
    insta::assert_snapshot!(problems_alone("bodyAreas: {slug: a}\n"), @"a.yaml:1:12: bodyAreas: Expected a list of documents, found a mapping.");
    insta::assert_snapshot!(problems_alone("bodyAreas:\n  - {slug: a, name: A}\n"), @"a.yaml:2:5: bodyAreas[0].notice: This field is required.");
    insta::assert_snapshot!(problems_alone("just text"), @r#"a.yaml:1:1: Expected a document, which is a mapping, found the text "just text"."#);
    insta::assert_snapshot!(problems_alone("name: Peel\nbodyAreas: []\n").lines().next().unwrap_or_default(), @"a.yaml:1:1: category: This field is required.");
}

#[test]
fn a_text_that_lists_are_sorted_by_is_short_enough_for_an_index_and_a_cursor() {
    let named =
        |name: &str| problems_alone(&format!("notice: Educational content.\nslug: forehead\nname: {name}\nsources: []\n"));
    let about_name = |problems: String| -> Vec<String> {
        problems.lines().filter(|line| line.contains(" name: ")).map(str::to_owned).collect()
    };
    assert_eq!(about_name(named(&"a".repeat(1000))), Vec::<String>::new());
    for (name, bytes) in [("a".repeat(1001), 1001), ("ü".repeat(501), 1002), ("🙂".repeat(251), 1004)] {
        let sentence =
            format!("a.yaml:3:7: name: The text has {bytes} bytes; the maximum is 1000, because lists are sorted by it.");
        assert_eq!(about_name(named(&name)), [sentence]);
    }
    // A text by which no list is sorted may be longer.
    let long = format!("notice: Educational content.\nslug: a\nname: A\ndescription: {}\n", "a ".repeat(5000));
    assert!(!problems_alone(&long).contains("lists are sorted by it"));
}

#[test]
fn a_text_has_at_most_twenty_thousand_characters() {
    let about_description = |description: &str| -> Vec<String> {
        let found = problems_alone(&format!("notice: N.\nslug: a\nname: A\ndescription: {description}\n"));
        found.lines().filter(|line| line.contains(" description: ")).map(str::to_owned).collect()
    };
    // Characters count, not bytes.
    assert_eq!(about_description(&"ü".repeat(20_000)), Vec::<String>::new());
    let refused = "a.yaml:4:14: description: The text has 20001 characters; the maximum is 20000.";
    assert_eq!(about_description(&"ü".repeat(20_001)), [refused]);
    let notice = problems_alone(&format!("notice: {}\nbodyAreas: []\n", "n".repeat(20_001)));
    assert!(notice.contains("a.yaml:1:9: notice: The text has 20001 characters"), "{notice}");
}

#[test]
fn a_number_out_of_range_is_refused_at_its_position() {
    for (name, old, wrong, field, allowed) in [
        ("sources.yaml", "level: 1", "level: -1", "level", "from 1 to 5"),
        ("sources.yaml", "level: 1", "level: 99", "level", "from 1 to 5"),
        ("sources.yaml", "year: 2022", "year: 017", "year", "not below 1500"),
        ("microneedling.yaml", "confidence: 95", "confidence: 0.95", "confidence", "from 50 to 100"),
        ("microneedling.yaml", "participants: ", "participants: -", "participants", "not below 0"),
        ("microneedling.yaml", "minimumAge: 22", "minimumAge: 220", "minimumAge", "from 0 to 150"),
        ("microneedling.yaml", "min: 2, max: 3, unit: DAY", "min: -2, max: 3, unit: DAY", "min", "not below 0"),
    ] {
        let found = problems(&starter_with(name, old, wrong));
        let message = format!("is out of range: \"{field}\" is {allowed}.");
        assert!(found.contains(&message), "{wrong}: {found}");
    }
}

#[test]
fn a_text_that_nobody_sees_is_refused() {
    for (hidden, message) in [
        ("\\u200B", "The text has an invisible character (U+200B)."),
        ("\\u200D", "The text is empty."),
        ("a \\u202Eb", "The text has an invisible character (U+202E)."),
        ("a\\uFEFFb", "The text has an invisible character (U+FEFF)."),
    ] {
        let found = problems_alone(&format!("conditions:\n- slug: a\n  name: \"{hidden}\"\n"));
        assert!(found.contains(message), "{hidden}: {found}");
    }
    let found = problems_alone("conditions:\n- slug: a\n  name: \"نمی\\u200Cدانم\"\n");
    assert!(!found.contains("name: The text"), "a joiner is a part of words: {found}");
}

#[test]
fn duplicates_in_long_lists_are_found_in_time() {
    let started = std::time::Instant::now();
    let aliases = (0..60_000).map(|number| format!("  - a{number}")).collect::<Vec<_>>().join("\n");
    let text = format!("name: Peel\naliases:\n{aliases}\n  - a7\n");
    assert!(problems_alone(&text).contains("\"a7\" occurs twice in this list."));
    // Comparing all pairs would take minutes.
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn a_date_or_a_year_after_the_day_of_the_check_is_refused() {
    let on = |files: &[DocumentFile], clock| lines(&check(catalog(), clock, files).problems);
    let searched = starter_with("cryolipolysis.yaml", "searchedOn: \"2026-11-28\"", "searchedOn: \"2027-02-01\"");
    let found = on(&searched, || datetime!(2026 - 11 - 28 9:59 UTC));
    assert!(
        found.ends_with("notFound[0].searchedOn: 2027-02-01 is in the future; the latest valid date is 2026-11-28."),
        "{found}"
    );
    assert_eq!(on(&searched, || datetime!(2027 - 02 - 01 9:59 UTC)), "");
    let published = starter_with("sources.yaml", "year: 2022", "year: 2028");
    let found = on(&published, || datetime!(2026 - 11 - 28 9:59 UTC));
    assert!(found.ends_with("year: The year 2028 is in the future; the latest valid year is 2027."), "{found}");
    assert_eq!(on(&published, || datetime!(2027 - 11 - 28 9:59 UTC)), "");
    let priced = starter_with("botulinum-toxin.yaml", "country: GB, per:", "country: GB, year: 2027, per:");
    let found = on(&priced, || datetime!(2026 - 11 - 28 9:59 UTC));
    assert!(found.ends_with("costs[0].year: The year 2027 is in the future; the latest valid year is 2026."), "{found}");
}

#[test]
fn a_review_is_due_after_it_took_place() {
    let review = |next: &str| {
        let reviewed = "review: {reviewedOn: \"2026-11-28\", reviewer: A., role: dermatologist, nextDue: ";
        let text = format!("notice: N.\nconditions:\n  - {{slug: a, {reviewed}\"{next}\"}}}}\n");
        problems_alone(&text).lines().filter(|line| line.contains("review")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(review("2028-11-28"), "");
    let sentence = "\"nextDue\" (2025-11-28) is before \"reviewedOn\" (2026-11-28).";
    assert_eq!(review("2025-11-28"), format!("a.yaml:3:94: conditions[0].review.nextDue: {sentence}"));
}

#[test]
fn a_text_for_a_missing_value_is_refused() {
    for text in ["-", "n/a", "TBD", "Not stated."] {
        let found = problems_alone(&format!("notice: N.\nconditions:\n  - {{slug: a, name: \"{text}\"}}\n"));
        let message = format!("conditions[0].name: \"{text}\" stands for a missing value; omit the field instead.");
        assert!(found.contains(&message), "{found}");
    }
}

#[test]
fn a_summary_for_patients_is_in_english() {
    let german = "Die Haut ist einige Tage lang rot. In der Klinik kann man fragen, was dann zu tun ist.";
    let found = problems_alone(&format!("name: Peel\ncategory: LASER\npatientSummary: {german}\n"));
    assert!(found.contains("patientSummary: The text is not English: it has 0 frequent English words among 18."), "{found}");
}

#[test]
fn a_broken_rule_is_reported_at_the_value_to_correct() {
    let grade = starter_with("cryolipolysis.yaml", "grade: HELPS", "grade: EFFECTIVE");
    insta::assert_snapshot!(problems(&grade), @"content/procedures/cryolipolysis.yaml:87:28: effectiveness.grade: The grade of cryolipolysis--localised-fat is EFFECTIVE, which needs a BENEFIT; the direct evidence found only NOT_COMPARED, NOT_COMPARED.");
    let topic = starter_with("cryolipolysis.yaml", "topic: COSTS", "topic: PAIN");
    insta::assert_snapshot!(problems(&topic), @"
    content/procedures/cryolipolysis.yaml:72:3: notFound: The procedure cryolipolysis has nothing on COSTS, and does not list it here. What the procedure costs: `costs`.
    content/procedures/cryolipolysis.yaml:79:5: notFound[7]: The procedure cryolipolysis covers PAIN, and lists it here as not found. Pain: `pain`.
    ");
    let estimate = starter_with("radiofrequency-microneedling.yaml", "low: 0.49", "low: 1.05");
    insta::assert_snapshot!(problems(&estimate), @"content/procedures/radiofrequency-microneedling.yaml:119:19: estimate: The direction of radiofrequency-microneedling--stretch-marks--rfmn-co2-striae-meta is NO_DIFFERENCE, but the range from 1.05 to 3.31 excludes 1, which means no difference.");
    let certainty = starter_with("cryolipolysis.yaml", "certainty: NOT_ASSESSED", "certainty: LOW");
    insta::assert_snapshot!(problems(&certainty), @"content/procedures/cryolipolysis.yaml:88:16: certainty: The certainty of cryolipolysis--localised-fat is LOW, but fieldSources.certainty names no source that states it. Without such a source, it must be NOT_ASSESSED.");
    let help = starter_with("photodynamic-therapy.yaml", "effects: [EYE_INJURY]", "effects: [PAIN]");
    insta::assert_snapshot!(problems(&help), @"content/procedures/photodynamic-therapy.yaml:72:3: notFound: The procedure photodynamic-therapy has nothing on HELP_FOR_EFFECTS, and does not list it here. When to get help for each kind of serious effect: `getHelp.effects`.");
}

#[test]
fn a_type_name_has_its_article() {
    let measure = "{slug: a, name: A, kind: MEASURED, description: D., sources: [a]}";
    let twice = format!("notice: N.\noutcomeMeasures:\n  - {measure}\n  - {measure}\n");
    let found = problems(&[file("a.yaml", &twice)]);
    assert!(found.contains("There is already an OutcomeMeasure \"a\", in a.yaml:3:12."), "{found}");
}

#[test]
fn two_variants_with_the_same_slug_are_refused() {
    let files = starter_with("chemical-peel.yaml", "slug: medium", "slug: superficial");
    let found = problems(&files);
    assert!(found.contains("variants[1].slug: Another variant has the slug superficial."), "{found}");
}

#[test]
fn a_document_has_at_most_a_hundred_thousand_sources() {
    let sources = (0..500).map(|at| format!("source-{at}")).collect::<Vec<_>>().join(", ");
    let told = |steps: usize| {
        let steps = "  - {kind: TREATMENT, title: Step, description: A step.}\n".repeat(steps);
        let text = format!("notice: N.\nslug: peel\nname: Peel\nsources: [{sources}]\nsteps:\n{steps}");
        problems_alone(&text).lines().filter(|line| line.contains("more than 100000 sources")).count()
    };
    // Each step inherits the sources of the procedure.
    assert_eq!((told(199), told(200)), (0, 1));
}
