//! Generated treatment outcomes with their evidence items. Each cites one to three sources, two on average.

use super::{
    random::Random,
    size::LibrarySize,
    source,
    text::sentence,
    vocabulary::{self, MEASURES},
};

const ATTRIBUTES: &[&str] =
    &["APPEARANCE", "VISIBILITY", "TEXTURE", "TONE", "RADIANCE", "PIGMENTATION", "REDNESS", "INFLAMMATION", "LESION_COUNT"];
const DIRECTIONS: &[&str] = &["IMPROVES", "REDUCES", "REDUCES", "EVENS_OUT"];
/// Grades; the first needs evidence of a benefit.
const GRADES: &[&str] = &["EFFECTIVE", "HELPS", "HELPS", "HELPS", "MODEST", "VARIABLE", "NO_BENEFIT", "NOT_GRADED"];
const CERTAINTIES: &[&str] = &["HIGH", "MODERATE", "LOW", "VERY_LOW", "NOT_ASSESSED", "NOT_ASSESSED", "NOT_ASSESSED"];
/// Directions that contradict no grade.
const FOUND: &[&str] = &["BENEFIT", "BENEFIT", "MIXED", "NOT_COMPARED"];
const VARIABILITIES: &[&str] = &["VARIABLE", "CONSISTENT", "NOT_STATED", "NOT_STATED"];

/// Returns the YAML entry of an outcome in the content document of its procedure.
pub(super) fn entry(size: &LibrarySize, random: &mut Random, condition: &str) -> String {
    let count = random.pick(&[1, 2, 2, 3]);
    let cited = source::some(size, random, count);
    // The first source is that of the claim. Each of the others has an evidence item. If there is only one source, it has an
    // evidence item in half of the cases.
    let findings = if cited.len() == 1 && random.chance(1, 2) { &cited[..] } else { &cited[1..] };
    let evidence: String = findings.iter().map(|source| finding(random, source)).collect();
    let grades = if evidence.contains("BENEFIT") { GRADES } else { &GRADES[1..] };
    let evidence = if evidence.is_empty() { evidence } else { format!("    evidence:\n{evidence}") };
    let caveat = if random.chance(1, 3) { format!("    caveat: {}\n", sentence(random, 30, 110)) } else { String::new() };
    let measures = if random.chance(1, 4) { vocabulary::any(MEASURES, random) } else { String::new() };
    let (attribute, direction, effect) = (random.pick(ATTRIBUTES), random.pick(DIRECTIONS), sentence(random, 20, 90));
    let (grade, certainty) = (random.pick(grades), random.pick(CERTAINTIES));
    // A rating needs the source that states it.
    let rated = if certainty == "NOT_ASSESSED" {
        String::new()
    } else {
        format!("    fieldSources: {{certainty: [{}]}}\n", cited[0])
    };
    format!(
        "  - condition: {condition}\n    effects: [{{attribute: {attribute}, direction: {direction}}}]\n    \
         expectedEffect: {effect}\n    effectiveness: {{grade: {grade}, basis: [{}]}}\n    certainty: {certainty}\n    \
         responseVariability: {}\n{caveat}    \
         measures: [{measures}]\n    sources: [{}]\n{rated}{evidence}",
        cited[0],
        random.pick(VARIABILITIES),
        cited[0],
    )
}

fn finding(random: &mut Random, source: &str) -> String {
    let participants =
        if random.chance(1, 2) { format!(", participants: {}", random.between(8, 400)) } else { String::new() };
    let measure =
        if random.chance(1, 3) { format!(", measure: {}", vocabulary::any(MEASURES, random)) } else { String::new() };
    let (direction, finding) = (random.pick(FOUND), sentence(random, 50, 210));
    format!("      - {{source: {source}, direction: {direction}{participants}{measure}, finding: {finding}}}\n")
}
