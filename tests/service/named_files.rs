//! The files that the documentation names exist, and its index lists every page.

use std::fs;

use crate::guards::{files, project};

/// Endings of the names of files.
const ENDINGS: [&str; 8] = [".rs", ".js", ".md", ".yaml", ".css", ".toml", ".conf", ".ini"];

/// The folders that paths in the documentation begin in.
const FOLDERS: [&str; 3] = ["", "src", "src/pages"];

/// The content type that the recipe in `CONTRIBUTING.md` adds. Its files do not exist.
const IN_RECIPE: &str = "guideline";

#[test]
fn every_file_that_the_documentation_names_exists() {
    let root = project();
    let at_root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    let at_root = at_root.map(|page| (page.to_owned(), fs::read_to_string(root.join(page)).unwrap()));
    let (mut found, mut missing) = (0, Vec::new());
    for (page, text) in at_root.into_iter().chain(files("docs", &[".md"])) {
        for path in text.split('`').filter(|text| is_path(text) && !text.contains(IN_RECIPE)) {
            let exists = FOLDERS.iter().any(|folder| root.join(folder).join(path).exists());
            if exists { found += 1 } else { missing.push(format!("{page}: {path}")) }
        }
        let folder = root.join(&page).parent().unwrap().to_owned();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains(':')) {
            if folder.join(link).exists() { found += 1 } else { missing.push(format!("{page}: {link}")) }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 250, "only {found} files are named");
}

#[test]
fn the_index_of_the_documentation_lists_every_page() {
    let index = fs::read_to_string(project().join("docs/README.md")).unwrap();
    let pages = files("docs", &[".md"]).into_iter().map(|(page, _)| page.trim_start_matches("docs/").to_owned());
    let pages = pages.filter(|page| page != "README.md" && !page.starts_with("decisions/"));
    let missing: Vec<String> = pages.filter(|page| !index.contains(&format!("]({page})"))).collect();
    assert!(missing.is_empty(), "docs/README.md does not list {missing:?}");
}

fn is_path(text: &str) -> bool {
    let has_characters_of_paths = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    let is_relative = text.contains('/') && !text.starts_with('/');
    has_characters_of_paths && is_relative && ENDINGS.iter().any(|ending| text.ends_with(ending))
}
