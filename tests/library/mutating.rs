//! Randomly changed content documents: reading them reports problems and never panics.

use dermagraph::{
    content::catalog,
    library::{DocumentFile, check, starter},
};
use proptest::{prelude::*, sample::Index};
use time::OffsetDateTime;

/// A change to a text, as a typing error or a failed merge makes it.
#[derive(Clone, Debug)]
enum Slip {
    DeleteLine(Index),
    RepeatLine(Index),
    SwapLines(Index, Index),
    Insert(Index, String),
    Delete(Index, usize),
    Indent(Index, usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let piece = prop_oneof![
        "[-:{}\\[\\],#&*!|>'\"%@`~?\n\t ]{1,4}",
        "[a-zA-Z0-9.é\u{0}\u{202e}😀-]{1,6}",
        Just("&a [*a, *a]".to_owned()),
        Just(": [{a: {b: [c]}}]".to_owned()),
        Just("!!binary x".to_owned()),
        Just("-.inf".to_owned()),
        Just("99999999999999999999999".to_owned()),
    ];
    prop_oneof![
        any::<Index>().prop_map(Slip::DeleteLine),
        any::<Index>().prop_map(Slip::RepeatLine),
        any::<(Index, Index)>().prop_map(|(a, b)| Slip::SwapLines(a, b)),
        (any::<Index>(), piece).prop_map(|(at, text)| Slip::Insert(at, text)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Slip::Delete(at, length)),
        (any::<Index>(), 0..6_usize).prop_map(|(at, depth)| Slip::Indent(at, depth)),
    ]
}

fn apply(text: &str, slip: &Slip) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    match slip {
        Slip::DeleteLine(at) => drop(lines.remove(at.index(lines.len()))),
        Slip::RepeatLine(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at].clone());
        }
        Slip::SwapLines(a, b) => {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
        }
        Slip::Insert(at, piece) => {
            let mut text: Vec<char> = text.chars().collect();
            let at = at.index(text.len());
            text.splice(at..at, piece.chars());
            return text.into_iter().collect();
        }
        Slip::Delete(at, length) => {
            let mut text: Vec<char> = text.chars().collect();
            let at = at.index(text.len());
            text.drain(at..(at + length).min(text.len()));
            return text.into_iter().collect();
        }
        Slip::Indent(at, depth) => {
            let at = at.index(lines.len());
            lines[at] = format!("{}{}", " ".repeat(*depth), lines[at].trim_start());
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_document_never_panics(which in any::<Index>(), slips in prop::collection::vec(slip(), 1..6)) {
        let file = &starter()[which.index(starter().len())];
        let text = slips.iter().fold(file.text.clone(), |text, slip| apply(&text, slip));
        let report = check(catalog(), OffsetDateTime::now_utc, &[DocumentFile { name: file.name.clone(), text }]);
        for problem in report.problems {
            prop_assert!(!problem.sentence.is_empty());
            prop_assert!(!problem.to_string().contains('\n'));
        }
    }
}
