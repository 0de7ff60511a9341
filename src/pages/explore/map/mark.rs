//! The marks for grades. They differ in shape, so users can distinguish them in print and with forced colours.

use maud::{Markup, html};

/// Width and height of a mark.
pub const SIZE: u32 = 20;

/// The mark of a grade, as an image without an accessible name, because the text next to it names the grade.
pub fn icon(grade: &str) -> Markup {
    html! { svg.mark viewBox={ "0 0 " (SIZE) " " (SIZE) } width=(SIZE) height=(SIZE) aria-hidden="true" focusable="false" { (shape(grade)) } }
}

/// The shape of a grade, in the colour of the text. A circle is a benefit, and its fill shows the strength.
pub fn shape(grade: &str) -> Markup {
    let circle = html! { circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.5" {} };
    match grade {
        "EFFECTIVE" => html! { circle cx="10" cy="10" r="7.5" fill="currentColor" {} },
        "HELPS" => html! { (circle) path d="M10 10V3a7 7 0 1 1-7 7z" fill="currentColor" {} },
        "MODEST" => html! { (circle) path d="M10 10V3a7 7 0 0 1 7 7z" fill="currentColor" {} },
        "VARIABLE" => html! {
            path d="M10 2l8 8-8 8-8-8z" fill="none" stroke="currentColor" stroke-width="1.5" {}
            path d="M10 2v16l-8-8z" fill="currentColor" {}
        },
        "NO_BENEFIT" => html! {
            rect x="3" y="3" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5" {}
            path d="M6.5 6.5l7 7m0-7l-7 7" fill="none" stroke="currentColor" stroke-width="1.5" {}
        },
        _ => {
            html! { circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.4 2" {} }
        }
    }
}

/// Returns what a grade means, in words for users.
pub fn meaning(grade: &str) -> &'static str {
    match grade {
        "EFFECTIVE" => "controlled studies show benefit, or a systematic review or a guideline finds it",
        "HELPS" => "benefit is reported without a grade, or only by uncontrolled studies or general statements",
        "MODEST" => "a source states that the benefit is small",
        "VARIABLE" => "benefit in some people only",
        "NO_BENEFIT" => "studied, and no benefit was shown",
        _ => "used for it, but no source that was read states a benefit",
    }
}
