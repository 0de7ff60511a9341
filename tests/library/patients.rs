//! Fields for patients, and the numbers of findings: an import and an export keep every field.

use crate::support::{TestLibrary, file};

/// A procedure that covers every topic but one.
const PROCEDURE: &str = r#"
notice: Made up.
slug: needling
name: Needling
category: NEEDLING
status: DRAFT
locale: en
sources: [paper]
description: Needles prick the skin.
patientSummary: Needles prick the skin. It heals in a few days. Tell the clinic about your medicines.
review: {reviewedOn: "2026-11-28", reviewer: A. Reader, role: dermatologist, nextDue: "2028-11-28"}
preparation: [{position: 1, text: Wash your face.}]
visitDuration: {min: 30, max: 60, unit: MINUTE, text: 30 to 60 minutes}
recovery: {downtime: [{min: 1, max: 2, unit: DAY, text: 1 to 2 days}]}
results: {lasts: {unit: MONTH, text: some months}}
sessions: {repeat: RECOMMENDED, count: {min: 3, max: 6}, interval: {min: 4, max: 4, unit: WEEK, text: 4 weeks}}
aftercare: [{position: 1, text: Keep out of the sun.}]
contraindications:
  - {name: Scars that no doctor has looked at, topic: DIAGNOSIS, strength: NOT_RECOMMENDED, condition: scars}
  - {name: Pregnancy, topic: PREGNANCY, strength: NOT_RECOMMENDED}
  - {name: Isotretinoin, topic: MEDICINE, strength: CAUTION}
  - {name: Cold sores, topic: INFECTION, strength: RELATIVE}
  - {name: Dark skin, topic: SKIN_TYPE, strength: CAUTION, skinTypes: [TYPE_5, TYPE_6]}
adverseEffects: [{name: Scar, effect: SCARRING, frequency: POSSIBLE, serious: true}]
getHelp: [{urgency: EMERGENCY, sign: You cannot breathe., sources: [list]}, {urgency: SAME_DAY, sign: Pus.}]
pain: {level: MILD, text: It stings.}
practitioners: [{country: GB, text: A registered person.}, {text: A trained person.}]
costs: [{min: 100, max: 250.5, currency: GBP, country: GB, year: 2026, per: session, text: 100 to 250 pounds}]
notFound: [{topic: BREASTFEEDING, searchedOn: "2026-11-28", note: Searched in labels.}]
outcomes:
  - condition: scars
    effects: [{attribute: APPEARANCE, direction: IMPROVES}]
    expectedEffect: Scars can look better.
    patientSummary: Scars can look better.
    review: {reviewedOn: "2026-11-28", reviewer: A. Reader, role: dermatologist}
    effectiveness: {grade: HELPS, basis: [paper]}
    certainty: NOT_ASSESSED
    responseVariability: NOT_STATED
    results: {lasts: {min: 1, unit: MONTH, text: a month or more}}
    sources: [paper]
    evidence:
      - source: paper
        direction: BENEFIT
        finding: It helped.
        estimate: {measure: RISK_RATIO, value: 1.5, low: 1.1, high: 2, confidence: 95, comparator: no treatment}
        per100: {treated: 60, control: 40, outcome: scars half as deep}
"#;

const REST: &str = "
notice: Made up.
sources:
  - {slug: paper, kind: ARTICLE, title: A paper, extentRead: FULL, level: 2}
  - {slug: list, kind: WEB_PAGE, title: A list, extentRead: FULL}
conditions:
  - slug: scars
    name: Scars
    kind: SCAR
    description: Marks.
    diagnoseFirst: true
    diagnosisNote: A doctor looks at them first.
    review: {reviewedOn: '2026-11-28', reviewer: A. Reader, role: dermatologist}
    sources: [paper]
";

#[tokio::test]
async fn every_field_for_patients_survives_an_import_and_an_export() {
    let documents = [file("procedures/needling.yaml", PROCEDURE), file("rest.yaml", REST)];
    let first = TestLibrary::empty().await;
    first.import(&documents).await.unwrap();
    let exported = first.export().await;
    let text = exported.iter().map(|file| &*file.text).collect::<String>();
    for expected in [
        "patientSummary: Needles prick",
        "reviewer: A. Reader",
        "topic: SKIN_TYPE",
        "skinTypes: [TYPE_5, TYPE_6]",
        "urgency: EMERGENCY",
        "level: MILD",
        "country: GB, text: A registered person.",
        "max: 250.5",
        "topic: BREASTFEEDING",
        "diagnoseFirst: true",
        "direction: BENEFIT",
        "measure: RISK_RATIO",
        "treated: 60",
        "text: a month or more",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let second = TestLibrary::empty().await;
    second.import(&exported).await.unwrap();
    assert_eq!(second.export().await, exported);
    assert_eq!(second.import(&documents).await.unwrap().revision, None, "nothing is different");
}
