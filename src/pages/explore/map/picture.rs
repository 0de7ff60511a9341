//! The evidence map as a picture (SVG), for slides and documents. It needs no style sheet and no font file.

use maud::html;
use serde_json::Value as Json;

use super::{mark, matrix::Matrix};
use crate::pages::{explore::list::GRADES, words};

/// Width of the column of conditions, and height of the row of procedures, in pixels, like all lengths here.
const NAMES: usize = 250;
/// Width of a cell.
const WIDTH: usize = 44;
/// Height of a row.
const HEIGHT: usize = 26;
/// Width of an entry of the legend.
const KEY: usize = 130;
/// Space around the picture.
const MARGIN: usize = 16;
const INK: &str = "#18222c";
const QUIET: &str = "#4c5a68";
const LINE: &str = "#d5dce2";
const ACCENT: &str = "#0c6363";

/// Makes the picture of the entries of the list. `note` is the text below it.
///
/// # Errors
/// Returns an error if the entries do not have the form of the request.
pub fn picture(nodes: Vec<Json>, note: &str) -> Result<String, serde_json::Error> {
    let matrix = Matrix::new(serde_json::from_value(Json::Array(nodes))?);
    let table = NAMES + matrix.columns.len() * WIDTH;
    let width = 2 * MARGIN + table.max(GRADES.len() * KEY + NAMES);
    let bottom = MARGIN + NAMES + matrix.rows.len() * HEIGHT;
    let height = bottom + 3 * HEIGHT + MARGIN;
    let x = |column: usize| MARGIN + NAMES + column * WIDTH;
    let y = |row: usize| MARGIN + NAMES + row * HEIGHT;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="img" font-family="system-ui, sans-serif" font-size="12" {
            title { "Evidence map: conditions and procedures" }
            rect width=(width) height=(height) fill="#ffffff" {}
            @for (at, column) in matrix.columns.iter().enumerate() {
                text transform={ "translate(" (x(at) + WIDTH / 2 + 4) " " (y(0) - 8) ") rotate(-90)" } fill=(INK) { (column.named.name) }
            }
            @for (at, row) in matrix.rows.iter().enumerate() {
                line x1=(MARGIN) x2=(MARGIN + table) y1=(y(at)) y2=(y(at)) stroke=(LINE) {}
                text x=(MARGIN) y=(y(at) + 17) fill=(INK) { (row.named.name) }
                @for (column, cells) in row.cells.iter().enumerate() {
                    // A cell of the picture has space for one mark; the first outcome has the best evidence.
                    @if let Some(cell) = cells.first() {
                        g transform={ "translate(" (x(column) + 4) " " (y(at) + 3) ")" } color=(ACCENT) { (mark::shape(&cell.grade)) }
                        text x=(x(column) + 28) y=(y(at) + 17) fill=(INK) { @match cell.level { Some(level) => (level), None => "–" } }
                    }
                }
            }
            @for (at, grade) in GRADES.iter().rev().enumerate() {
                g transform={ "translate(" (MARGIN + at * KEY) " " (bottom + 10) ")" } color=(ACCENT) { (mark::shape(grade)) }
                text x=(MARGIN + at * KEY + 26) y=(bottom + 24) fill=(INK) { (words::capitalised(grade)) }
            }
            text x=(MARGIN + GRADES.len() * KEY) y=(bottom + 24) fill=(INK) { "Number: evidence level, 1 to 5 (Oxford CEBM)" }
            text x=(MARGIN) y=(bottom + 56) fill=(QUIET) { (note) }
        }
    };
    Ok(picture.into_string())
}
