//! Parsing YAML: values, positions, and invalid texts.

use super::*;

fn read(text: &str) -> (Option<Node<'_>>, Vec<String>) {
    let mut problems = Problems::of(&"a.yaml".into());
    let node = parse(text, &mut problems);
    (node, problems.into_found().iter().map(ToString::to_string).collect())
}

#[test]
fn every_value_has_its_position() {
    let (node, problems) = read("name: Peel\ncodes:\n  - {system: MESH, n: 0x1F}\n");
    assert_eq!(problems, Vec::<String>::new());
    let node = node.unwrap();
    assert_eq!(node.text("name"), Some("Peel"));
    let codes = &node.entry("codes").unwrap();
    assert_eq!((codes.at.line, codes.value.at.line, codes.value.at.column), (2, 3, 3));
    let Value::List(codes) = &codes.value.value else { panic!("a list") };
    let n = codes[0].entry("n").unwrap();
    assert_eq!((n.at.line, n.at.column, n.value.at.column), (3, 20, 23));
    assert!(matches!(n.value.value, Value::Int(31)));
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let shown = |text: &str| Node { at: Position { line: 1, column: 1 }, value: plain(text.into()) }.found();
    assert_eq!(shown("no"), "the text \"no\"");
    assert_eq!(shown("~"), "null");
    assert_eq!(shown("-12"), "the number -12");
    assert_eq!(shown("007"), "the number 7");
    assert_eq!(shown("0x+1"), "the text \"0x+1\"");
    assert_eq!(shown("0o-7"), "the text \"0o-7\"");
    assert_eq!(shown("1e3"), "the number 1000");
    assert_eq!(shown(".5"), "the number 0.5");
    assert_eq!(shown("."), "the text \".\"");
    assert_eq!(shown("1.2.3"), "the text \"1.2.3\"");
    assert_eq!(shown("2-3"), "the text \"2-3\"");
    assert_eq!(shown("-.inf"), "the number -inf");
    assert_eq!(shown("99999999999999999999"), "the number 100000000000000000000");
    assert_eq!(shown("True"), "the value true");
}

#[test]
fn every_duplicate_key_is_reported() {
    let (_, problems) = read("a: 1\nb: {x: 1, x: 2}\na: 2\n[1]: 2\n2: 3\n");
    insta::assert_snapshot!(problems.join("\n"), @r#"
    a.yaml:2:11: b.x: The key "x" is a duplicate; the first is in line 2.
    a.yaml:3:1: a: The key "a" is a duplicate; the first is in line 1.
    a.yaml:4:1: A key must be text, found a list.
    a.yaml:5:1: A key must be text, found the number 2.
    "#);
}

#[test]
fn invalid_empty_and_double_files_have_one_problem() {
    let shown = |text| read(text).1.join("\n");
    insta::assert_snapshot!(shown("a: [1\nb: 2"), @"a.yaml:2:2: This is not YAML: illegal placement of ':' indicator.");
    insta::assert_snapshot!(shown("# only a comment\n"), @"a.yaml:1:1: The file is empty.");
    insta::assert_snapshot!(shown("a: 1\n---\nb: 1\n"), @"a.yaml:2:1: A file contains one YAML document; a second one starts here.");
    insta::assert_snapshot!(shown("a: !!binary x\nb: *nothing"), @"
    a.yaml:1:13: a: YAML tags are not used in documents.
    a.yaml:2:4: b: There is no anchor before this: &nothing.
    ");
    insta::assert_snapshot!(shown(&"[".repeat(200)), @"a.yaml:1:200: This is not YAML: unclosed bracket '['.");
}

#[test]
fn aliases_repeat_a_value_but_cannot_grow_without_bound() {
    let (node, problems) = read("a: &a {n: 1}\nb: *a\n");
    assert_eq!(problems, Vec::<String>::new());
    assert!(node.unwrap().entry("b").unwrap().value.entry("n").is_some());

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb = format!("{bomb}a{n}: &a{n} [{aliases}]\n");
    }
    insta::assert_snapshot!(read(&bomb).1.join("\n"), @"a.yaml:6:25: The file has more than 500000 values.");
}

#[test]
fn the_copies_of_anchors_and_aliases_are_limited() {
    let problem = |text: &str| {
        let (_, problems) = read(text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems[0].split_once(": ").unwrap().1.to_owned()
    };
    let nested = (0..60).map(|n| format!("[&a{n} ")).collect::<Vec<_>>().concat();
    let scalars = vec!["x"; 40_000].join(", ");
    let copied = "The anchors and aliases of the file copy more than 64 MiB.";
    assert_eq!(problem(&format!("{nested}[{scalars}]{}", "]".repeat(60))), copied);
    let aliases = vec!["*a"; 100].join(", ");
    assert_eq!(problem(&format!("a: &a {}\nb: [{aliases}]\n", "x".repeat(1 << 20))), copied);
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(40), "]".repeat(40));
    let sentence = problem(&format!("a: &a {}\nb: {}\n", deep("x"), deep("*a")));
    assert!(sentence.ends_with("Lists and mappings are nested more than 64 levels deep."), "{sentence}");
}

#[test]
fn an_entry_of_a_copied_mapping_counts_once() {
    let (node, problems) = read("{key: text}");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(bytes(&node.unwrap()), size_of::<Node<'_>>() + size_of::<Entry<'_>>() + "keytext".len());
}

#[test]
fn a_duplicate_key_is_found_quickly_among_many() {
    let keys = (0..60_000).map(|number| format!("k{number}: 1\n")).collect::<Vec<_>>().concat();
    let (text, started) = (format!("{keys}k7: 2\n"), std::time::Instant::now());
    let (_, problems) = read(&text);
    assert_eq!(problems, ["a.yaml:60001:1: k7: The key \"k7\" is a duplicate; the first is in line 8."]);
    // Comparing each key with each other key takes a minute.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
