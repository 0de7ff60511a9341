//! Converts British spelling to American spelling. The result need not be a correct word: the index and the search use
//! the same rules, so it only matters that both spellings become equal.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Finds whether a word has one of [`PARTS`].
static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(PARTS.iter().map(|(british, _)| british)).ok());

/// Parts of words in British spelling, and their American spelling.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("aemia", "emia"),
    ("aesthe", "esthe"),
    ("aluminium", "aluminum"),
    ("anaes", "anes"),
    ("anaem", "anem"),
    ("behaviour", "behavior"),
    ("caesar", "cesar"),
    ("centre", "center"),
    ("colour", "color"),
    ("coelia", "celia"),
    ("diarrhoea", "diarrhea"),
    ("favour", "favor"),
    ("fibre", "fiber"),
    ("foet", "fet"),
    ("glycaem", "glycem"),
    ("gynaec", "gynec"),
    ("haem", "hem"),
    ("humour", "humor"),
    ("ischaem", "ischem"),
    ("leuco", "leuko"),
    ("litre", "liter"),
    ("metre", "meter"),
    ("mould", "mold"),
    ("moustache", "mustache"),
    ("naev", "nev"),
    ("odour", "odor"),
    ("oedema", "edema"),
    ("oesoph", "esoph"),
    ("oestr", "estr"),
    ("orthopaed", "orthoped"),
    ("paed", "ped"),
    ("rhoea", "rhea"),
    ("sulph", "sulf"),
    ("tumour", "tumor"),
    ("vapour", "vapor"),
];

/// Ends of words in British spelling, and their American spelling.
pub(super) const ENDS: &[(&str, &str)] = &[
    ("isation", "ization"),
    ("isations", "izations"),
    ("ise", "ize"),
    ("ised", "ized"),
    ("iser", "izer"),
    ("isers", "izers"),
    ("ises", "izes"),
    ("ising", "izing"),
    ("yse", "yze"),
    ("ysed", "yzed"),
    ("ysing", "yzing"),
    ("elled", "eled"),
    ("elling", "eling"),
];

/// Whole words in British spelling, and their American spelling.
pub(super) const WHOLE_WORDS: &[(&str, &str)] = &[
    ("ageing", "aging"),
    ("grey", "gray"),
    ("greying", "graying"),
    ("greys", "grays"),
    ("licence", "license"),
    ("practise", "practice"),
    ("programme", "program"),
];

/// Returns a folded word in American spelling.
#[must_use]
pub fn american(word: String) -> String {
    if let Some((_, american)) = WHOLE_WORDS.iter().find(|(british, _)| *british == word) {
        return (*american).to_owned();
    }
    let mut word = with_american_parts(word);
    if let Some((british, american)) = ENDS.iter().find(|(british, _)| word.ends_with(british)) {
        word.truncate(word.len() - british.len());
        word.push_str(american);
    }
    word
}

/// Returns a word, or the beginning of one, in which the [`PARTS`] are in American spelling.
#[must_use]
pub fn with_american_parts(mut word: String) -> String {
    // Most words have none of the parts.
    if FINDER.as_ref().is_none_or(|finder| finder.is_match(&word)) {
        for (british, american) in PARTS {
            if word.contains(british) {
                word = word.replace(british, american);
            }
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::american;

    #[test]
    fn british_and_american_forms_become_equal() {
        for (british, american_form) in [
            ("haemangioma", "hemangioma"),
            ("oedema", "edema"),
            ("anaesthetic", "anesthetic"),
            ("aesthetic", "esthetic"),
            ("colour", "color"),
            ("discolouration", "discoloration"),
            ("tumours", "tumors"),
            ("naevus", "nevus"),
            ("hyperpigmentisation", "hyperpigmentization"),
            ("moisturiser", "moisturizer"),
            ("ageing", "aging"),
            ("grey", "gray"),
            ("leucoderma", "leukoderma"),
        ] {
            assert_eq!(american(british.to_owned()), american(american_form.to_owned()), "{british}");
        }
        assert_eq!(american("laser".to_owned()), "laser");
    }
}
