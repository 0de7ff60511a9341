//! Exporting content documents.

use dermagraph::{content::catalog, library::check};

use crate::support::{TestLibrary, starter_with};

#[tokio::test]
async fn an_export_imports_to_the_same_library() {
    let library = TestLibrary::with_starter().await;
    let exported = library.export().await;
    assert_eq!(check(catalog(), &exported).problems, []);

    let unchanged = library.import(&exported).await.unwrap();
    assert_eq!(unchanged.revision, None, "{:?}", unchanged.changed);

    let copy = TestLibrary::empty().await;
    copy.import(&exported).await.unwrap();
    assert_eq!(copy.export().await, exported);
    let content = "SELECT slug || name || coalesce(summary, '') || aliases || position FROM procedure, \
        (SELECT count(*) AS position FROM treatment_outcome) ORDER BY slug";
    assert_eq!(copy.rows(content).await, library.rows(content).await);
}

#[tokio::test]
async fn unusual_text_is_returned_unchanged() {
    let awkward = r#"name: "yes: #[no], {'it': \"is\"} - null \\ & *x ! % @ `|>""#;
    let files = starter_with("conditions.yaml", "name: Scars", awkward);
    let lines = "description: \"First line: one\\n\\n  second\\n- third # no comment\"";
    let mut files = files;
    crate::support::replace(
        &mut files,
        "conditions.yaml",
        "description: Marks left when skin heals after injury; forming one is a normal answer to wounding.",
        lines,
    );
    crate::support::replace(
        &mut files,
        "conditions.yaml",
        "aliases: [Cicatrix]",
        "aliases: ['1.0', 'true', 'null', '~', \"a, b\", 'a: b', 'ü – “x”']",
    );
    let library = TestLibrary::empty().await;
    library.import(&files).await.unwrap();
    let exported = library.export().await;
    let unchanged = library.import(&exported).await.unwrap();
    assert_eq!(unchanged.revision, None, "{:?}", unchanged.changed);
}

#[tokio::test]
async fn exported_documents_contain_only_what_is_needed() {
    let library = TestLibrary::with_starter().await;
    let exported = library.export().await;
    let names: Vec<_> = exported.iter().map(|file| file.name.as_str()).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    procedures/botulinum-toxin.yaml
    procedures/chemical-peel.yaml
    procedures/cryotherapy.yaml
    procedures/dermabrasion.yaml
    procedures/dermal-filler.yaml
    procedures/fractional-co2-laser.yaml
    procedures/intense-pulsed-light.yaml
    procedures/low-level-light-therapy.yaml
    procedures/microdermabrasion.yaml
    procedures/microneedling.yaml
    procedures/non-ablative-fractional-laser.yaml
    procedures/platelet-rich-plasma.yaml
    procedures/pulsed-dye-laser.yaml
    procedures/radiofrequency-microneedling.yaml
    conditions.yaml
    sources.yaml
    vocabulary.yaml
    ");
    let text = |name: &str| exported.iter().find(|file| file.name == name).unwrap().text.clone();
    insta::assert_snapshot!(text("procedures/low-level-light-therapy.yaml"), @r#"
    id: low-level-light-therapy
    notice: Educational content, not medical advice. Not yet reviewed by a clinician.
    name: Low-level light therapy
    aliases: [Low-level laser therapy, LLLT, Photobiomodulation]
    category: LIGHT
    purpose: [COSMETIC, MEDICAL]
    invasiveness: NON_INVASIVE
    status: DRAFT
    locale: en
    sources: [lllt-devices-meta-2021]
    fieldSources: {invasiveness: [], aliases: [mesh-2025-07, lllt-devices-meta-2021]}
    summary: Weak laser or LED light from a comb or helmet, used at home, to help hair growth.
    codes:
      - system: MESH
        code: D028022
        display: Low-Level Light Therapy
        match: EXACT
        sources: [mesh-2025-07]
    mechanism: {summary: How it acts on hair growth is not clear., sources: [lllt-meta-2019-summary]}
    devices:
      - {device: lllt-device}
    recovery: {}
    combinations:
      canStandAlone: true
      canCombine: true
      items:
        - with: {adjunct: minoxidil-topical}
          requirement: OPTIONAL
          purpose: ENHANCE_RESULTS
          note: In one trial of 54 people, light twice a week added nothing clear to minoxidil after 16 weeks.
          sources: [lllt-minoxidil-rct]
    regulatory:
      - region: US
        authority: FDA
        statement: Thirty-two home-use devices had been cleared by January 2020; not every device on sale is.
        conditions: [androgenetic-alopecia]
    outcomes:
      - condition: androgenetic-alopecia
        effects:
          - {attribute: HAIR_GROWTH, direction: INCREASES}
        expectedEffect: Hair density rises in men and women with pattern hair loss.
        effectiveness: {grade: EFFECTIVE, basis: [lllt-devices-meta-2021]}
        certainty: NOT_ASSESSED
        responseVariability: NOT_STATED
        caveat: Long-term follow-up is lacking. Added to minoxidil, one small trial saw no clear gain.
        measures: [hair-density]
        evidence:
          - source: lllt-devices-meta-2021
            measure: hair-density
            direction: BENEFIT
            finding: "Seven double-blind randomised trials: density rose more than with a sham device (SMD 1.27, 95% CI 0.993 to 1.639)."
          - source: lllt-minoxidil-rct
            participants: 54
            measure: hair-density
            direction: NO_DIFFERENCE
            finding: >-
              Density rose 14.8% with light plus minoxidil and 11.4% with minoxidil alone after 16 weeks; no significant
              difference.
    "#);
}

#[tokio::test]
async fn collections_share_a_file_and_its_notice() {
    let exported = TestLibrary::with_starter().await.export().await;
    let text = |name: &str| exported.iter().find(|file| file.name == name).unwrap().text.clone();
    let areas = text("vocabulary.yaml");
    let areas: Vec<&str> = areas.lines().skip_while(|line| !line.starts_with("bodyAreas")).take(4).collect();
    insta::assert_snapshot!(areas.join("\n"), @"
    bodyAreas:
      - {id: face, name: Face}
      - {id: forehead, name: Forehead and temples, parent: face}
      - {id: malar, name: Cheekbone (malar) region, parent: face}
    ");
    insta::assert_snapshot!(text("conditions.yaml").lines().take(16).collect::<Vec<_>>().join("\n"), @"
    notice: Educational content, not medical advice. Not yet reviewed by a clinician.
    conditions:
      - id: scars
        name: Scars
        aliases: [Cicatrix]
        kind: SCAR
        description: Marks left when skin heals after injury; forming one is a normal answer to wounding.
        codes:
          - system: ICD10CM
            code: L90.5
            display: Scar conditions and fibrosis of skin
            match: EXACT
            sources: [icd10cm-2026-04]
          - {system: MESH, code: D002921, display: Cicatrix, match: EXACT, sources: [mesh-2025-07]}
        sources: [keloid-review]
      - id: acne-scars
    ");
}

#[tokio::test]
async fn a_collection_that_is_longer_than_an_import_reads_is_exported_in_parts() {
    let library = TestLibrary::with_starter().await;
    let long = |at: usize| {
        format!(
            "notice: N\nsources:\n- id: long-{at}\n  title: T\n  note: {}\n  kind: EDITORIAL_BRIEF\n  extentRead: FULL\n",
            "word ".repeat(1_200_000)
        )
    };
    let files: Vec<_> = (0..3).map(|at| crate::support::file(&format!("long-{at}.yaml"), &long(at))).collect();
    library.import(&files).await.unwrap();
    let exported = library.export().await;
    let names: Vec<_> = exported.iter().map(|file| &*file.name).filter(|name| name.starts_with("sources")).collect();
    assert_eq!(names, ["sources.yaml", "sources-2.yaml", "sources-3.yaml"]);
    let folder = tempfile::tempdir().unwrap();
    dermagraph::library::write_files(folder.path(), &exported, true).unwrap();
    let (read, problems) = dermagraph::library::read_files(&[folder.path().to_owned()]);
    assert_eq!(problems, []);
    let unchanged = library.import(&read).await.unwrap();
    assert_eq!(unchanged.revision, None, "{:?}", unchanged.changed);
}
