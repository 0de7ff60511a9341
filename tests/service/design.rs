//! `docs/design.md` is the style sheet in words: the same colours and sizes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::guards::project;

/// The style sheet of the pages.
fn styles() -> String {
    styles_in("web/site")
}

/// The style sheets in a folder, in the order of the names of their files.
fn styles_in(folder: &str) -> String {
    let files = fs::read_dir(project().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "css")).collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The rows of the tables in a section of the page, without the header; each has the texts in backquotes.
fn rows(section: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(project().join("docs/design.md")).unwrap();
    let text = page.split(&format!("\n## {section}\n")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned).collect()).collect()
}

/// The custom properties of a block of declarations.
fn properties(block: &str) -> BTreeMap<String, String> {
    let lines = block.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": "));
    lines
        .filter(|(name, value)| name.starts_with("--") && value.starts_with('#'))
        .map(|(a, b)| (a.into(), b.into()))
        .collect()
}

#[test]
fn the_colours_of_the_design_are_those_of_the_style_sheet() {
    let styles = styles();
    let blocks: Vec<_> = styles.split(":root {").skip(1).map(|rest| properties(rest.split('}').next().unwrap())).collect();
    let [light, dark] = blocks.as_slice() else { panic!("two themes are expected: {blocks:?}") };
    let rows = rows("Colour");
    let column = |at: usize| rows.iter().map(|row| (row[0].clone(), row[at].clone())).collect::<BTreeMap<_, _>>();
    assert!(light.len() > 5);
    assert_eq!((&column(1), &column(2)), (light, dark));
    let used: BTreeSet<&str> = styles.split("var(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let unused: Vec<_> = light.keys().filter(|name| !used.contains(name.as_str())).collect();
    assert!(unused.is_empty(), "{unused:?} are not used");
}

#[test]
fn the_sizes_of_the_design_are_those_of_the_style_sheet() {
    let styles = styles();
    let declared = styles.lines().filter_map(|line| line.trim().strip_prefix("font")).filter_map(|rest| {
        let value = rest.strip_prefix("-size: ").or_else(|| rest.strip_prefix(": "))?.strip_suffix(';')?;
        let size = if value.starts_with("clamp") { value } else { value.split(['/', ' ']).next()? };
        size.contains("rem").then(|| size.to_owned())
    });
    let found: BTreeSet<String> = declared.collect();
    assert!(found.len() > 5);
    assert_eq!(found, rows("Type").into_iter().map(|row| row[0].clone()).collect());
}

#[test]
fn every_field_has_the_same_frame() {
    let styles = styles() + &styles_in("web/desk");
    let rules = styles.split('}').filter_map(|rule| rule.rsplit_once('{'));
    let framed = rules.filter(|(selector, declarations)| {
        let ends_with_field = |one: &str| {
            let last = one.trim().rsplit([' ', '>']).next().unwrap_or_default();
            ["input", "select", "textarea", "[type='search']"].iter().any(|field| last.starts_with(field))
        };
        let is_frame = |line: &str| {
            ["padding", "border:", "border-radius", "background"].iter().any(|one| line.trim().starts_with(one))
        };
        selector.replace("input:not([type='checkbox'], [type='radio'])", "input").split(',').any(ends_with_field)
            && declarations.lines().any(is_frame)
    });
    let selectors: Vec<&str> = framed.map(|(selector, _)| selector.trim().lines().last().unwrap_or_default()).collect();
    assert_eq!(selectors, [".facet summary"], "one rule has the frame of all fields");
}
