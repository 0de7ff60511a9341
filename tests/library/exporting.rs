//! Exporting content documents.

use dermagraph::{
    content::catalog,
    library::{DocumentFile, check, starter, write_files},
};
use time::OffsetDateTime;

use crate::support::{TestLibrary, starter_with};

#[tokio::test]
async fn an_export_imports_to_the_same_library() {
    let library = TestLibrary::with_starter().await;
    let exported = library.export().await;
    assert_eq!(check(catalog(), OffsetDateTime::now_utc, &exported).problems, []);

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
        "aliases: ['1.0', 'true', '.nan', '~', \"a, b\", 'a: b', 'ü – “x”']",
    );
    let library = TestLibrary::empty().await;
    library.import(&files).await.unwrap();
    let exported = library.export().await;
    let unchanged = library.import(&exported).await.unwrap();
    assert_eq!(unchanged.revision, None, "{:?}", unchanged.changed);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "the snapshot is a whole document")]
async fn exported_documents_contain_only_what_is_needed() {
    let library = TestLibrary::with_starter().await;
    let exported = library.export().await;
    let names: Vec<_> = exported.iter().map(|file| file.name.as_str()).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    procedures/botulinum-toxin.yaml
    procedures/chemical-peel.yaml
    procedures/cryolipolysis.yaml
    procedures/cryotherapy.yaml
    procedures/deoxycholic-acid-injection.yaml
    procedures/dermabrasion.yaml
    procedures/dermal-filler.yaml
    procedures/electrosurgery.yaml
    procedures/fractional-co2-laser.yaml
    procedures/intense-pulsed-light.yaml
    procedures/intralesional-corticosteroid.yaml
    procedures/laser-hair-removal.yaml
    procedures/low-level-light-therapy.yaml
    procedures/microdermabrasion.yaml
    procedures/microneedling.yaml
    procedures/non-ablative-fractional-laser.yaml
    procedures/photodynamic-therapy.yaml
    procedures/pigment-laser.yaml
    procedures/platelet-rich-plasma.yaml
    procedures/pulsed-dye-laser.yaml
    procedures/radiofrequency-microneedling.yaml
    procedures/sclerotherapy.yaml
    conditions.yaml
    sources.yaml
    vocabulary.yaml
    ids.yaml
    ");
    let text = |name: &str| exported.iter().find(|file| file.name == name).unwrap().text.clone();
    insta::assert_snapshot!(text("procedures/low-level-light-therapy.yaml"), @r#"
    slug: low-level-light-therapy
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
    description: Weak laser or LED light from a comb or helmet, used at home, to help hair growth.
    patientSummary: >-
      A comb, cap or helmet shines weak light on the scalp. You use it at home, over and over, for months. In
      trials hair got denser than with a dummy device. Only minor side effects were seen, but long studies are missing.
    codes:
      - system: MESH
        code: D028022
        display: Low-Level Light Therapy
        match: BROADER
        note: The descriptor is not limited to hair.
        sources: [mesh-2025-07]
    mechanism:
      summary: How it acts on hair growth is not clear. One idea is that it acts on the stem cells of the hair follicle.
      sources: [lllt-hair-review-2014]
    visitDuration: {min: 20, max: 20, unit: MINUTE, text: 20 minutes at home with one device, sources: [fda-k180460]}
    devices:
      - {device: lllt-device}
    recovery: {}
    sessions:
      repeat: MAY_BE_RECOMMENDED
      pattern: REGULAR
      examples:
        - {interval: {unit: WEEK, text: twice a week}, note: "For 16 weeks, in one trial."}
      sources: [lllt-minoxidil-rct]
    combinations:
      canStandAlone: true
      canCombine: true
      items:
        - partner: {adjunct: minoxidil-topical}
          requirement: OPTIONAL
          purpose: ENHANCE_RESULTS
          note: In one trial of 54 people, light twice a week added nothing clear to minoxidil after 16 weeks.
          sources: [lllt-minoxidil-rct]
    contraindications:
      - name: Skin types V and VI
        topic: SKIN_TYPE
        strength: NOT_GRADED
        skinTypes: [TYPE_5, TYPE_6]
        note: The US clearances that were read cover types I to IV.
        sources: [fda-k142573, fda-k180460]
    adverseEffects:
      - name: Minor side effects
        effect: OTHER
        frequency: POSSIBLE
        serious: false
        note: A review of ten trials found only minor ones; its abstract does not name them.
        sources: [lllt-review-2020]
    regulatory:
      - country: US
        authority: FDA
        text: Thirty-two home-use devices had been cleared by January 2020; not every device on sale is.
        conditions: [androgenetic-alopecia]
      - country: US
        authority: FDA
        text: The clearances that were read are for pattern hair loss in men and women of skin types I to IV.
        conditions: [androgenetic-alopecia]
        sources: [fda-k142573, fda-k180460]
    practitioners:
      - country: US
        text: Devices are cleared for use at home by men and women without prescription.
        sources: [fda-k180460]
    notFound:
      - {topic: HELP_FOR_EFFECTS, searchedOn: "2026-11-28"}
      - topic: SESSIONS
        searchedOn: "2026-11-28"
        note: The trial that was read gives how often and for how many weeks.
      - {topic: PREGNANCY, searchedOn: "2026-11-28"}
      - {topic: BREASTFEEDING, searchedOn: "2026-11-28"}
      - topic: MEDICINES
        searchedOn: "2026-11-28"
        note: Only pages of makers and sellers name medicines that make skin sensitive to light.
      - {topic: INFECTIONS, searchedOn: "2026-11-28"}
      - {topic: SERIOUS_EFFECTS, searchedOn: "2026-11-28", note: The reviews read report none.}
      - {topic: GET_HELP, searchedOn: "2026-11-28"}
      - {topic: PAIN, searchedOn: "2026-11-28"}
      - {topic: DOWNTIME, searchedOn: "2026-11-28"}
      - {topic: LASTS, searchedOn: "2026-11-28"}
      - {topic: PREPARATION, searchedOn: "2026-11-28"}
      - {topic: AFTERCARE, searchedOn: "2026-11-28"}
      - {topic: COSTS, searchedOn: "2026-11-28", note: Prices were found only on pages of sellers.}
    outcomes:
      - condition: androgenetic-alopecia
        effects:
          - {attribute: HAIR_GROWTH, direction: INCREASES}
        expectedEffect: Hair density can rise in men and women with pattern hair loss.
        patientSummary: >-
          In pattern hair loss, hair can get denser in men and in women. Trials compared it with a dummy device. Added
          to minoxidil, one small trial saw no clear gain. Some of the studies have ties to the makers.
        effectiveness: {grade: EFFECTIVE, basis: [lllt-devices-meta-2021]}
        certainty: NOT_ASSESSED
        responseVariability: NOT_STATED
        caveat: >-
          Long-term follow-up is lacking. Added to minoxidil, one small trial saw no clear gain. Authors of a review
          ask for care, because some studies have ties to industry.
        measures: [hair-density]
        evidence:
          - source: lllt-devices-meta-2021
            measure: hair-density
            direction: BENEFIT
            finding: "Seven double-blind randomised trials: density rose more than with a sham device (SMD 1.27, 95% CI 0.993 to 1.639)."
            estimate:
              measure: STANDARDISED_MEAN_DIFFERENCE
              value: 1.27
              low: 0.993
              high: 1.639
              confidence: 95
              comparator: sham device
          - source: lllt-review-2020
            direction: BENEFIT
            finding: "A review with ten randomised trials: every trial against a sham device showed a benefit, with only minor side effects; the authors ask for care because of ties to industry."
          - source: lllt-minoxidil-rct
            participants: 54
            measure: hair-density
            direction: NO_DIFFERENCE
            finding: >-
              Density rose 14.8% with light plus minoxidil and 11.4% with minoxidil alone after 16 weeks; no significant
              difference.
        fieldSources: {caveat: [lllt-devices-meta-2021, lllt-minoxidil-rct, lllt-review-2020]}
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
      - {slug: face, name: Face}
      - {slug: forehead, name: Forehead and temples, parent: face}
      - {slug: malar, name: Cheekbone (malar) region, parent: face}
    ");
    insta::assert_snapshot!(text("conditions.yaml").lines().take(16).collect::<Vec<_>>().join("\n"), @"
    notice: Educational content, not medical advice. Not yet reviewed by a clinician.
    conditions:
      - slug: scars
        name: Scars
        aliases: [Cicatrix]
        kind: SCAR
        description: Marks left when skin heals after injury; forming one is a normal answer to wounding.
        codes:
          - system: ICD10CM
            code: L90.5
            display: Scar conditions and fibrosis of skin
            match: RELATED
            note: L90.5 also covers fibrosis of skin, and leaves hypertrophic and keloid scars to L91.0.
            sources: [icd10cm-2026-04]
          - {system: MESH, code: D002921, display: Cicatrix, match: EXACT, sources: [mesh-2025-07]}
        sources: [keloid-review, nhs-wales-scars]
    ");
}

#[tokio::test]
async fn a_collection_that_is_longer_than_an_import_reads_is_exported_in_parts() {
    let library = TestLibrary::with_starter().await;
    let note = "word ".repeat(4000);
    let long = |at: usize| {
        let source = |number: usize| {
            format!("- slug: long-{at}-{number}\n  title: T\n  note: {note}\n  kind: EDITORIAL_BRIEF\n  extentRead: FULL\n")
        };
        format!("notice: N\nsources:\n{}", (0..300).map(source).collect::<String>())
    };
    let files: Vec<_> = (0..3).map(|at| crate::support::file(&format!("long-{at}.yaml"), &long(at))).collect();
    library.import(&files).await.unwrap();
    let exported = library.export().await;
    let names: Vec<_> = exported.iter().map(|file| &*file.name).filter(|name| name.starts_with("sources")).collect();
    assert_eq!(names, ["sources.yaml", "sources-2.yaml", "sources-3.yaml"]);
    let folder = tempfile::tempdir().unwrap();
    write_files(catalog(), folder.path(), &exported, true).unwrap();
    let (read, problems) = dermagraph::library::read_files(&[folder.path().to_owned()]);
    assert_eq!(problems, []);
    let unchanged = library.import(&read).await.unwrap();
    assert_eq!(unchanged.revision, None, "{:?}", unchanged.changed);
}

#[tokio::test]
async fn keys_of_entries_are_exported_only_where_an_import_would_compute_other_ones() {
    let library = TestLibrary::with_starter().await;
    let keys = "SELECT o.slug || p.position || ' ' || p.key FROM outcome_effect p JOIN treatment_outcome o ON o.id = p.outcome_id UNION ALL \
                SELECT slug || aftercare FROM procedure ORDER BY 1";
    assert!(library.rows(keys).await.len() > 100);
    let first = library.export().await;
    assert!(first.iter().all(|file| !file.text.contains("key:")));

    // A changed text does not change the key of its entry or of other entries.
    let mut files = first.clone();
    let name = "procedures/microneedling.yaml";
    crate::support::replace(&mut files, name, "Showers are fine", "Showers are all right");
    library.import(&files).await.unwrap();
    let changed = library.rows(keys).await;
    let second = library.export().await;
    let lines = |files: &[DocumentFile]| files.iter().find(|file| file.name == name).unwrap().text.matches("key:").count();
    assert_eq!(lines(&second), 1);

    let copy = TestLibrary::empty().await;
    copy.import(&second).await.unwrap();
    assert_eq!((copy.rows(keys).await, copy.export().await), (changed.clone(), second));
    // Documents without keys do not change those of the library.
    assert_eq!(library.import(&files).await.unwrap().revision, None);
    assert_eq!(library.rows(keys).await, changed);
}

#[tokio::test]
async fn a_bulk_load_computes_the_same_keys_as_a_publication() {
    let (loaded, published) = (TestLibrary::with_starter().await, TestLibrary::empty().await);
    dermagraph::library::seed(catalog(), &published.db, &starter(), &dermagraph::library::Silent).await.unwrap();
    let keys = "SELECT key FROM contraindication UNION ALL SELECT aftercare FROM procedure ORDER BY 1";
    assert_eq!(loaded.rows(keys).await, published.rows(keys).await);
}

#[tokio::test]
async fn an_export_into_the_folder_of_the_documents_changes_only_the_lines_that_differ() {
    let library = TestLibrary::with_starter().await;
    let (mut files, folder) = (starter(), tempfile::tempdir().unwrap());
    let write = |files: &[DocumentFile]| {
        for file in files {
            std::fs::create_dir_all(folder.path().join(&file.name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(&file.name), &file.text).unwrap();
        }
    };
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let export = async || {
        write_files(catalog(), &folder.path().join("content"), library.export().await, true).unwrap();
    };
    let comments = [
        ("/cryotherapy.yaml", "name: Cryotherapy\n", "# The display name.\nname: Cryotherapy\n"),
        ("/cryotherapy.yaml", "  - slug: cryotherapy--sunspots", "  # Age spots.\n  - slug: cryotherapy--sunspots"),
        ("/cryotherapy.yaml", "    caveat: Needs", "    # Read again next year.\n    caveat: Needs"),
        ("/conditions.yaml", "  - slug: surgical-scars", "\n  # After surgery.\n  - slug: surgical-scars"),
    ];
    for (name, old, new) in comments {
        crate::support::replace(&mut files, name, old, new);
    }
    write(&files);
    export().await;
    for file in &files {
        assert!(text(&file.name) == file.text, "{} has changed, but no document has", file.name);
    }

    let changes = [
        ("/cryotherapy.yaml", "name: Cryotherapy\n", "name: Freezing\n"),
        (
            "/cryotherapy.yaml",
            "expectedEffect: Single lesions can be destroyed.",
            "expectedEffect: Single lesions can disappear.",
        ),
        (
            "/conditions.yaml",
            "description: Scars that remain after an operation or an injury.",
            "description: Scars of operations and injuries.",
        ),
        ("/vocabulary.yaml", "role: The tissue that a scar is made of.", "role: The tissue of a scar."),
        ("/sources.yaml", "publisher: the project", "publisher: The project"),
    ];
    for (name, old, new) in changes {
        crate::support::replace(&mut files, name, old, new);
    }
    let paper = "notice: N.\nsources:\n  - {slug: paper, kind: ARTICLE, title: A paper, extentRead: FULL, level: 2}\n";
    library.import(&files).await.unwrap();
    library.import(&[crate::support::file("paper.yaml", paper)]).await.unwrap();
    export().await;
    for file in &files {
        if file.name.ends_with("/sources.yaml") {
            let all = text(&file.name);
            let added = all.strip_prefix(file.text.trim_end()).expect("the other sources stay as they are");
            assert!(
                added.starts_with("\n  - ") && added.contains("slug: paper") && !added.trim().contains("\n  - "),
                "{added}"
            );
        } else {
            assert_eq!(text(&file.name), file.text, "{}", file.name);
        }
    }
}
