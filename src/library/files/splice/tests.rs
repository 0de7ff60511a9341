//! Exports onto files that a person has written.

use std::fs;

use crate::{
    content::catalog,
    library::{DocumentFile, Leftovers, starter, write_files},
};

/// The ids of an export that had two body areas.
const IDS: &str = "lastId: 2\nids:\n  BodyArea: {ear: 1, toe: 2}\n";

/// Returns the text of a file after an export onto it, and what the export has left or lost, without the folder. The export
/// would write the new text into an empty folder. `ids` is the list of ids of the earlier export.
fn exported(name: &str, old: &str, new: &str, ids: &str) -> (String, Vec<String>, Vec<String>) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("out");
    fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    fs::write(folder.join(name), old).unwrap();
    fs::write(folder.join("ids.yaml"), ids).unwrap();
    let files = [DocumentFile { name: name.to_owned(), text: new.to_owned() }];
    let Leftovers { drafts, lost, .. } = write_files(catalog(), &folder, files, true).unwrap();
    let drafts = drafts.into_iter().map(|(path, draft)| format!("{}: {draft}", path.display()));
    let begin = format!("{}/", folder.display());
    let short = |text: String| text.strip_prefix(&begin).unwrap().to_owned();
    let lost = lost.into_iter().map(|problem| short(problem.to_string()));
    (fs::read_to_string(folder.join(name)).unwrap(), drafts.map(short).collect(), lost.collect())
}

/// Returns the text of a file of vocabulary after an export onto it. The export would write the new text into an empty
/// folder.
fn edited(old: &str, new: &str) -> String {
    exported("vocabulary.yaml", old, new, IDS).0
}

#[test]
fn comments_and_styles_around_the_changes_stay() {
    let old = r#"# The head.
notice: N

bodyAreas: # All areas.
  # ---- Upper ----
  - slug: ear
    name: 'Ear' # quoted
  # About the nose.
  - {slug: nose, parent: null, name: "Nose"}

  # ---- Lower ----
  - slug: foot
    # Its name.
    name: Foot
    # Its parent is missing.

  # The toe.
  # It is small.
  - slug: toe
    name: Toe
  # The last area.
  - slug: heel
    name: Heel
# The end.
"#;
    let new = "notice: N\nbodyAreas:\n  - {slug: nose, name: Nose}\n  - {slug: ear, name: Ear}\n  - {slug: foot, name: Feet, parent: leg}\n  \
        - {slug: heel, name: Heel}\n  - {slug: knee, name: Knee, parent: leg}\n";
    insta::assert_snapshot!(edited(old, new), @r#"
    # The head.
    notice: N

    bodyAreas: # All areas.
      # ---- Upper ----
      - slug: ear
        name: 'Ear' # quoted
      # About the nose.
      - {slug: nose, parent: null, name: "Nose"}

      # ---- Lower ----
      - slug: foot
        # Its name.
        name: Feet
        parent: leg
        # Its parent is missing.

      # The last area.
      - slug: heel
        name: Heel
      - {slug: knee, name: Knee, parent: leg}
    # The end.
    "#);
}

#[test]
fn line_breaks_and_a_missing_one_at_the_end_stay() {
    let old = "notice: N\r\nbodyAreas:\r\n# The ear.\r\n- slug: ear\r\n  name: Ear\r\n- slug: toe\r\n  name: Toe\r\n- slug: foot\r\n  name: Foot";
    let new =
        "notice: N\nbodyAreas:\n  - {slug: ear, name: Ears}\n  - {slug: foot, name: Foot}\n  - {slug: hand, name: Hand}\n";
    let expected = "notice: N\r\nbodyAreas:\r\n# The ear.\r\n- slug: ear\r\n  name: Ears\r\n- slug: foot\r\n  name: Foot\r\n- {slug: hand, name: Hand}";
    assert_eq!(edited(old, new), expected);
}

#[test]
fn a_collection_on_one_line_is_replaced_as_a_whole() {
    let old = "# The head.\nnotice: N\nbodyAreas: [{slug: ear, name: Ear}, {slug: foot, name: Foot}]\n# The end.\n";
    let new = "notice: N\nbodyAreas:\n  - {slug: ear, name: Ears}\n  - {slug: foot, name: Foot}\n";
    assert_eq!(edited(old, new), format!("# The head.\n{new}# The end.\n"));
}

#[test]
fn collections_are_added_and_removed() {
    let old = "notice: N\n\n# The areas.\nbodyAreas:\n  - {slug: ear, name: Ear}\n\n# No synonyms yet.\nsynonyms: []\n";
    let new = "notice: N\ndevices:\n  - {slug: laser, name: Laser, description: D., sources: [s]}\n";
    let expected = "notice: N\ndevices:\n  - {slug: laser, name: Laser, description: D., sources: [s]}\n\n\n# No synonyms yet.\nsynonyms: []\n";
    assert_eq!(edited(old, new), expected);
}

#[test]
fn a_file_is_written_anew_if_an_alias_loses_its_anchor() {
    let old = "notice: N\nbodyAreas:\n  # The ear.\n  - slug: ear\n    name: &name Ear\n  - slug: lobe\n    name: *name\n";
    let areas = |ear: &str, lobe: &str| {
        format!("notice: N\nbodyAreas:\n  - {{slug: ear, name: {ear}}}\n  - {{slug: lobe, name: {lobe}}}\n")
    };
    assert_eq!(edited(old, &areas("Ear", "Lobe")), old.replace("*name", "Lobe"));
    assert_eq!(edited(old, &areas("Ears", "Ear")), areas("Ears", "Ear"));
}

#[test]
fn an_alias_of_a_list_is_replaced_and_not_the_list_with_its_anchor() {
    let old = "notice: N\ndevices:\n  - slug: laser\n    name: Laser\n    description: D.\n    sources: &s\n      - s\n  - slug: lamp\n    # Its name.\n    name: Lamp\n    description: D.\n    sources: *s\n";
    let new = "notice: N\ndevices:\n  - {slug: laser, name: Laser, description: D., sources: [s]}\n  - {slug: lamp, name: Lamp, description: D., sources: [t]}\n";
    assert_eq!(edited(old, new), old.replace("*s", "[t]"));
}

#[test]
fn dashes_on_lines_of_their_own_and_document_markers_stay() {
    let old = "---\nnotice: N\nbodyAreas:\n  # The ear.\n  -\n    slug: ear\n    name: Ear\n\n  - # The foot.\n    slug: foot\n    name: Foot\n...\n# The end.\n";
    let new =
        "notice: N\nbodyAreas:\n  - {slug: ear, name: Ears}\n  - {slug: foot, name: Foot}\n  - {slug: hand, name: Hand}\n";
    let expected = old.replace("Ear\n", "Ears\n").replace("...", "  - {slug: hand, name: Hand}\n...");
    assert_eq!(edited(old, new), expected);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(edited(&crlf(old), new), crlf(&expected));
}

#[test]
fn block_scalars_end_before_the_next_comment() {
    let old = "notice: N\ndevices:\n  - slug: laser\n    description: |-\n      One.\n      # Two.\n\n    # Its name.\n    name: \"Laser\"\t# a tab\n    sources:\n    - s # The source.\n    - t\n";
    let device = |name: &str, description: &str, sources: &str| {
        format!("notice: N\ndevices:\n  - {{slug: laser, name: {name}, description: {description}, sources: {sources}}}\n")
    };
    let (text, lasers) = ("\"One.\\n# Two.\"", old.replace("\"Laser\"\t# a tab", "Lasers"));
    assert_eq!(edited(old, &device("Lasers", text, "[s, t]")), lasers);
    let one = lasers.replace("|-\n      One.\n      # Two.\n", "One.\n");
    assert_eq!(edited(old, &device("Lasers", "One.", "[s, t]")), one);
    let more = one.replace("    - t\n", "    - u\n    - t\n");
    assert_eq!(edited(old, &device("Lasers", "One.", "[s, u, t]")), more);
}

#[test]
fn a_document_has_the_notice_of_its_record() {
    let old = "bodyAreas:\n  # The ear.\n  - slug: ear\n    notice: First.\n    name: Ear\n  - {slug: foot, notice: Second., name: Foot}\n";
    let new = "notice: First.\nbodyAreas:\n  - {slug: ear, name: Ears}\n  - {slug: foot, name: Foot}\n  - {slug: hand, name: Hand}\n";
    let expected = "bodyAreas:\n  # The ear.\n  - slug: ear\n    notice: First.\n    name: Ears\n  - {slug: foot, notice: First., name: Foot}\n  - {slug: hand, notice: First., name: Hand}\n";
    assert_eq!(edited(old, new), expected);
}

#[test]
fn a_document_is_replaced_as_a_whole_if_its_values_would_inherit_other_sources() {
    let code = "{system: MESH, code: D003094, display: Collagen, match: EXACT";
    let target = |slug: &str, comment: &str, sources: &str, code: &str| {
        format!(
            "  - slug: {slug}\n    name: {slug}\n{comment}    kind: PROTEIN\n    role: A protein.\n    codes:\n      - {code}\n    sources: [{sources}]\n"
        )
    };
    let (inherits, explicit) = (format!("{code}}}"), format!("{code}, sources: [a]}}"));
    let text = |targets: [String; 2]| format!("notice: N\nbiologicalTargets:\n{}", targets.concat());
    let comment = "    # What it is.\n";
    let old = text([target("one", comment, "a", &inherits), target("two", comment, "a", &inherits)]);
    let new = text([target("one", "", "b", &explicit), target("two", "", "a", &inherits)]);
    let expected = text([target("one", "", "b", &explicit), target("two", comment, "a", &inherits)]);
    assert_eq!(edited(&old, &new), expected);
    // If they inherit the same sources as before, only the list of sources is replaced.
    let new = text([target("one", "", "b", &inherits), target("two", "", "a", &inherits)]);
    let expected = text([target("one", comment, "b", &inherits), target("two", comment, "a", &inherits)]);
    assert_eq!(edited(&old, &new), expected);
}

#[test]
fn drafts_that_were_never_imported_stay() {
    let old = "notice: Old.\nbodyAreas:\n  - slug: ear\n    name: Ear\n  # Not finished.\n  - slug: draft\n    name: 'Draft'\n\n# No devices.\n";
    let new = "notice: New.\nbodyAreas:\n  - {slug: ear, name: Ears}\n";
    let (text, drafts, lost) = exported("vocabulary.yaml", old, new, IDS);
    assert_eq!(text, old.replace("slug: ear\n    name: Ear\n", "slug: ear\n    notice: New.\n    name: Ears\n"));
    assert_eq!((drafts, lost), (vec!["vocabulary.yaml: BodyArea \"draft\"".to_owned()], Vec::new()));

    // The draft is the only document of its collection, or the collection is replaced as a whole.
    let devices = "notice: New.\ndevices:\n  - {slug: laser, name: Laser, description: D., sources: [s]}\n";
    let (text, drafts, lost) = exported("vocabulary.yaml", old, devices, IDS);
    let (_, end) = old.split_once("  - slug: ear\n    name: Ear\n").unwrap();
    assert!(text.contains(&format!("bodyAreas:\n{end}")) && text.contains("slug: laser"), "{text}");
    assert_eq!((drafts.len(), lost.len()), (1, 0), "{text}");
    let line = "notice: New.\nbodyAreas: [{slug: ear, name: Ear}, {slug: draft, name: Draft}]\n";
    let (text, drafts, lost) = exported("vocabulary.yaml", line, new, IDS);
    assert!(text.contains("slug: draft") && text.contains("name: Ears"), "{text}");
    assert_eq!((drafts.len(), lost.len()), (1, 0), "{text}");

    // A record that was renamed is no draft.
    let renamed =
        "notice: Old.\nbodyAreas:\n  - {slug: ear, name: Ear}\n  - {slug: final, formerly: [draft], name: Draft}\n";
    let (text, drafts, lost) = exported("vocabulary.yaml", old, renamed, IDS);
    assert!(!text.contains("slug: draft"), "{text}");
    assert_eq!((drafts, lost), (Vec::new(), Vec::new()));
}

#[test]
fn a_file_that_is_written_anew_is_reported_with_the_reason() {
    let new = "notice: N\nbodyAreas:\n  - {slug: ear, name: Ears}\n";
    for (old, reason) in [
        ("notice: N\nbodyAreas:\n  - slug: ear\n    nam: Ear\n", "vocabulary.yaml:4:"),
        ("<<<<<<< ours\nnotice: N\n", "vocabulary.yaml:"),
        ("notice: N\nbodyAreas: []\n", "vocabulary.yaml: Its text cannot be edited."),
    ] {
        let (text, drafts, lost) = exported("vocabulary.yaml", old, new, IDS);
        assert_eq!((text.as_str(), drafts.len(), lost.len()), (new, 0, 1), "{lost:?}");
        assert!(lost[0].starts_with(reason), "{lost:?}");
    }
}

#[test]
fn an_embedded_draft_that_is_removed_is_reported() {
    let peel = starter().into_iter().find(|file| file.name.ends_with("/chemical-peel.yaml")).unwrap().text;
    let new = &peel[..peel.rfind("  - slug: chemical-peel--").unwrap()];
    let ids = "lastId: 1\nids:\n  Procedure: {chemical-peel: 1}\n";
    let (text, drafts, lost) = exported("procedures/chemical-peel.yaml", &peel, new, ids);
    assert_eq!((text.as_str(), drafts), (new, Vec::new()));
    let line = new.lines().count() + 1;
    let begin = format!("procedures/chemical-peel.yaml:{line}:11: The TreatmentOutcome \"chemical-peel--");
    assert!(lost.iter().any(|lost| lost.starts_with(&begin)), "{lost:?}");
}

#[test]
fn another_slug_of_a_variant_changes_one_line() {
    let peel = starter().into_iter().find(|file| file.name.ends_with("/chemical-peel.yaml")).unwrap().text;
    let old = peel.replace("    name: Medium-depth peel\n", "    # Its name.\n    name: Medium-depth peel\n");
    assert_ne!(old, peel);
    let rename = |text: &str| text.replace("  - slug: medium\n", "  - slug: middle\n");
    assert_eq!(exported("procedures/chemical-peel.yaml", &old, &rename(&peel), IDS).0, rename(&old));
}
