//! The evidence map as a picture (SVG), for slides and documents. It needs no style sheet and no font file.
//!
//! The width of a text is not known before it is drawn, so it is estimated from the number of characters.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    mark,
    matrix::{Cell, Matrix, Row},
};
use crate::pages::{explore::list::GRADES, words};

/// Width of a cell in pixels, like all lengths here.
const WIDTH: usize = 44;
/// Height of a mark with the space around it, and of a line of text.
const HEIGHT: usize = 26;
/// Width of an entry of the legend.
const KEY: usize = 130;
/// Space around the picture.
const MARGIN: usize = 16;
/// Width of a character. Few are wider at this size of the font.
const CHARACTER: usize = 7;
/// Maximum length of a name, in characters. The rest of a longer one is only in its tooltip.
const MAX_NAME: usize = 60;
const INK: &str = "#18222c";
const QUIET: &str = "#4c5a68";
const LINE: &str = "#d5dce2";
const ACCENT: &str = "#0c6363";

/// Makes the picture from the data of the request. The texts `below` are lines below the table.
///
/// # Errors
/// Returns an error if the data does not have the form of the request.
pub fn picture(data: Json, below: &[&str]) -> Result<String, serde_json::Error> {
    let matrix = Matrix::read(data)?;
    let names = length(matrix.rows.iter().map(|row| row.named.name.as_str()));
    let head = MARGIN + length(matrix.columns.iter().map(|column| column.named.name.as_str()));
    let table = names + matrix.columns.len() * WIDTH;
    let width = 2 * MARGIN + table.max(GRADES.len() * KEY);
    let (rows, bottom) = rows(&matrix, names, table, head);
    let about = [
        "Number: evidence level, 1 (best) to 5 (Oxford CEBM), for the condition of the row. Dash: no level.",
        "A dot is a gap: the library has no statement that matches the filters. The procedure may still have an effect or a risk.",
    ];
    let omissions: Vec<&str> = matrix.omissions.iter().map(String::as_str).collect();
    let characters = (width - 2 * MARGIN) / CHARACTER;
    let lines: Vec<(&str, String)> = [(INK, &about[..]), (INK, &omissions), (QUIET, below)]
        .into_iter()
        .flat_map(|(colour, texts)| {
            texts.iter().flat_map(move |text| wrapped(text, characters)).map(move |line| (colour, line))
        })
        .collect();
    let height = bottom + (lines.len() + 2) * HEIGHT + MARGIN;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="img" font-family="system-ui, sans-serif" font-size="12" {
            title { "Evidence map: conditions and procedures" }
            rect width=(width) height=(height) fill="#ffffff" {}
            @for (at, column) in matrix.columns.iter().enumerate() {
                text transform={ "translate(" (MARGIN + names + at * WIDTH + WIDTH / 2 + 4) " " (head - 8) ") rotate(-90)" } fill=(INK) { (name(&column.named.name)) }
            }
            (rows)
            @for (at, grade) in GRADES.iter().rev().enumerate() {
                g transform={ "translate(" (MARGIN + at * KEY) " " (bottom + 10) ")" } color=(ACCENT) { (mark::shape(grade)) }
                text x=(MARGIN + at * KEY + 26) y=(bottom + 24) fill=(INK) { (words::capitalised(grade)) }
            }
            @for (at, (colour, line)) in lines.iter().enumerate() {
                text x=(MARGIN) y=(bottom + (at + 2) * HEIGHT) fill=(colour) { (line) }
            }
        }
    };
    Ok(picture.into_string())
}

/// The rows, with a heading for each kind of condition, and the vertical position below the last row.
fn rows(matrix: &Matrix, names: usize, table: usize, top: usize) -> (Markup, usize) {
    let mut y = top;
    let mut kind = "";
    let mut drawn = Vec::new();
    for row in &matrix.rows {
        if kind != row.kind {
            kind = &row.kind;
            y += HEIGHT;
            drawn.push(html! { text x=(MARGIN) y=(y - 8) fill=(QUIET) font-weight="600" { (words::capitalised(kind)) } });
        }
        drawn.push(html! { line x1=(MARGIN) x2=(MARGIN + table) y1=(y) y2=(y) stroke=(LINE) {} (line(row, names, y)) });
        y += row.cells.iter().map(Vec::len).max().unwrap_or(1) * HEIGHT;
    }
    (html! { @for one in &drawn { (one) } }, y)
}

/// A row. Several outcomes of a cell are drawn one below the other.
fn line(row: &Row, names: usize, y: usize) -> Markup {
    html! {
        text x=(MARGIN) y=(y + 17) fill=(INK) { (name(&row.named.name)) }
        @for (column, cells) in row.cells.iter().enumerate() {
            @if cells.is_empty() { circle cx=(MARGIN + names + column * WIDTH + 14) cy=(y + HEIGHT / 2) r="1.5" fill=(QUIET) {} }
            @for (at, cell) in cells.iter().enumerate() { (marked(cell, MARGIN + names + column * WIDTH, y + at * HEIGHT)) }
        }
    }
}

fn marked(cell: &Cell, x: usize, y: usize) -> Markup {
    html! {
        g transform={ "translate(" (x + 4) " " (y + 3) ")" } color=(ACCENT) { (mark::shape(&cell.grade)) }
        text x=(x + 28) y=(y + 17) fill=(INK) { @match cell.level { Some(level) => (level), None => "–" } }
    }
}

/// Returns the space for the longest of these names.
fn length<'n>(names: impl Iterator<Item = &'n str>) -> usize {
    names.map(|name| name.chars().count().min(MAX_NAME)).max().unwrap_or(0) * CHARACTER + MARGIN
}

/// A name, which is cut if it is very long.
fn name(name: &str) -> Markup {
    if name.chars().count() <= MAX_NAME {
        return html! { (name) };
    }
    let cut: String = name.chars().take(MAX_NAME - 1).collect();
    html! { (cut) "…" title { (name) } }
}

/// Breaks a text into lines of at most this number of characters. Longer words, such as addresses, are broken too.
fn wrapped(text: &str, characters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word;
        let fits = |line: &str, word: &str| line.chars().count() + 1 + word.chars().count() <= characters;
        match lines.last_mut() {
            Some(line) if line.is_empty() => {}
            Some(line) if fits(line, word) => {
                line.push(' ');
                line.push_str(word);
                continue;
            }
            _ => lines.push(String::new()),
        }
        while let Some((at, _)) = rest.char_indices().nth(characters) {
            let (start, end) = rest.split_at(at);
            if let Some(line) = lines.last_mut() {
                line.push_str(start);
            }
            lines.push(String::new());
            rest = end;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(rest);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_inside_of_long_ones() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a https://example.org b", 8), ["a", "https://", "example.", "org b"]);
        assert_eq!(wrapped("üü üü", 2), ["üü", "üü"]);
    }
}
