//! The evidence map: outcomes as a table of conditions and procedures.
//!
//! The mark of a cell shows the grade by its shape and its fill, and the number next to it is the evidence level. So
//! users can distinguish grade and level, and see both without colours. On narrow screens the style sheet shows the
//! same table as a list for each condition.

mod mark;
mod matrix;
mod picture;

use maud::{Markup, html};
use serde_json::Value as Json;

use self::matrix::{Cell, Matrix, Row};
pub use self::picture::picture;
use super::list::GRADES;
use crate::pages::{Site, components, words};

/// Makes the table from the data of the request.
pub fn view(site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
    let matrix = Matrix::read(data)?;
    if matrix.rows.is_empty() {
        return Ok(html! {});
    }
    let columns = matrix.columns.len();
    Ok(html! {
        (legend(site))
        @for sentence in &matrix.omissions { p.rest { (sentence) } }
        p #map-help.about.keyboard { "Arrow keys move between the marks. Enter opens the outcome with its findings and sources, and Escape returns." }
        div.table.map tabindex="0" role="group" aria-labelledby="map-title" {
            table aria-describedby="map-help" {
                caption #map-title { "Conditions and procedures" }
                thead {
                    tr {
                        th scope="col" { span.visually-hidden { "Condition" } }
                        @for column in &matrix.columns { th.upright scope="col" data-first[column.is_first] { div { (components::procedure(site, &column.named)) } } }
                    }
                }
                @for group in matrix.rows.chunk_by(|one, next| one.kind == next.kind) {
                    tbody {
                        tr.kind { th scope="rowgroup" colspan=(columns + 1) { (words::capitalised(&group[0].kind)) } }
                        @for row in group { (line(site, &matrix, row)) }
                    }
                }
            }
        }
        script type="module" src={ (site.root) "site/map.js" } {}
    })
}

fn line(site: &Site, matrix: &Matrix, row: &Row) -> Markup {
    html! {
        tr {
            th scope="row" { (components::condition(site, &row.named)) }
            @for (column, cells) in matrix.columns.iter().zip(&row.cells) {
                td data-first[column.is_first] { @for cell in cells { (link(site, &column.named.name, &row.named.name, cell)) } }
            }
            @let gaps = row.cells.iter().filter(|cells| cells.is_empty()).count();
            @if gaps > 0 { td.gaps { "No statement about " (words::count(gaps, "procedure")) } }
        }
    }
}

/// The mark of an outcome, as a link to its page. The accessible name has the facts that the mark shows.
fn link(site: &Site, procedure: &str, condition: &str, cell: &Cell) -> Markup {
    let level = cell.level.map_or_else(|| "no evidence level".to_owned(), |level| format!("level {level}"));
    let sources = words::count(cell.sources, "source");
    let remark = cell.remark.as_ref().map(|remark| format!(", {remark}")).unwrap_or_default();
    let facts = format!("{}, {level}, {sources}{remark}", words::of(&cell.grade));
    html! {
        a data-cell href={ (site.root) "explore/outcomes/" (cell.slug) } title={ (procedure) ", " (words::lowercase_first(condition)) ": " (facts) } {
            (mark::icon(&cell.grade))
            span.number aria-hidden="true" { @match cell.level { Some(level) => (level), None => "–" } }
            span.words { (procedure) span.visually-hidden { ", " (words::lowercase_first(condition)) } ": " (facts) }
        }
    }
}

/// What the marks and the numbers mean. The strongest effect is first.
fn legend(site: &Site) -> Markup {
    html! {
        ul.keys.plain aria-label="Marks" {
            @for grade in GRADES.iter().rev() { li { (mark::icon(grade)) (words::capitalised(grade)) } }
            li { span.gap aria-hidden="true" { "·" } "No statement" }
        }
        details.legend {
            summary { "What the marks and numbers mean" }
            p { strong { "Effect" } ", the shape and its fill:" }
            ul.plain {
                @for grade in GRADES.iter().rev() { li { (mark::icon(grade)) " " strong { (words::capitalised(grade)) } ": " (mark::meaning(grade)) } }
            }
            p {
                strong { "Evidence level" } ", the number: the design of the best source, from 1, a systematic review of trials, to 5 \
                (Oxford CEBM). A dash means that no source has a level. The level counts only evidence about the condition of the \
                row. A claim about several conditions is in the row of each."
            }
        }
        p.about {
            "The number is the evidence level for the condition of the row, 1 is the best. A dot is a gap: the library has no statement \
            that matches the filters. The procedure may still have an effect or a risk. Lists of records without any statement: "
            a href={ (site.root) "explore/conditions?outcomes=none" } { "conditions" } ", "
            a href={ (site.root) "explore/procedures?outcomes=none" } { "procedures" } "."
        }
    }
}
