//! Generated procedures.

use super::{
    condition, outcome,
    random::Random,
    size::LibrarySize,
    source,
    text::{phrase, sentence},
    vocabulary::{self, DEVICES, TARGETS},
};

const CATEGORIES: &[&str] =
    &["NEEDLING", "CHEMICAL_RESURFACING", "MECHANICAL_RESURFACING", "LASER", "LIGHT", "INJECTABLE", "CRYOTHERAPY"];
const INVASIVENESS: &[&str] = &["NON_INVASIVE", "MINIMALLY_INVASIVE", "INVASIVE_RESURFACING"];
const ACTIONS: &[&str] = &["STIMULATES", "INCREASES", "TIGHTENS", "BREAKS_DOWN", "REMOVES", "HEATS"];
const EFFECTS: &[&str] = &["REDNESS", "SWELLING", "BRUISING", "PEELING", "DRYNESS", "STINGING", "PAIN", "COLOUR_CHANGE"];
const FREQUENCIES: &[&str] = &["EXPECTED", "MOST", "COMMON", "SOME", "UNCOMMON", "POSSIBLE"];
const TOPICS: &[&str] = &["SKIN_CONDITION", "HEALTH_CONDITION", "ALLERGY"];
/// Topics that no generated procedure covers.
const NOT_FOUND: &str = "PREGNANCY BREASTFEEDING MEDICINES INFECTIONS SKIN_TYPES GET_HELP HELP_FOR_EFFECTS SESSIONS INTERVAL \
     VISIT_DURATION PAIN DOWNTIME LASTS PREPARATION AFTERCARE PRACTITIONERS COSTS";
const STRENGTHS: &[&str] = &["ABSOLUTE", "RELATIVE", "CAUTION", "NOT_GRADED"];

pub(super) fn slug(number: u32) -> String {
    format!("procedure-{number:06}")
}

/// Returns the content document of a procedure, with its outcomes.
pub(super) fn document(size: &LibrarySize, number: u32) -> String {
    let slug = slug(number);
    let mut random = Random::of(size.seed, &slug);
    let sources = random.between(1, 2);
    let head = format!(
        "slug: {slug}\nname: Generated procedure {number:06}\naliases: [{}]\ncategory: {}\npurpose: [{}]\ninvasiveness: {}\n\
         status: DRAFT\nlocale: en\nsources: [{}]\ndescription: {}\n",
        phrase(&mut random, 8, 24),
        random.pick(CATEGORIES),
        random.pick(&["COSMETIC", "MEDICAL", "COSMETIC, MEDICAL"]),
        random.pick(INVASIVENESS),
        source::some(size, &mut random, sources).join(", "),
        sentence(&mut random, 70, 160),
    );
    head + &method(&mut random) + &recovery(&mut random) + &risks(size, &mut random) + &outcomes(size, &mut random, number)
}

/// Returns the YAML of the mechanism, the steps and the devices.
fn method(random: &mut Random) -> String {
    let action = |position, random: &mut Random| {
        let target = vocabulary::any(TARGETS, random);
        format!("    - {{position: {position}, action: {}, target: {target}}}\n", random.pick(ACTIONS))
    };
    let device = vocabulary::any(DEVICES, random);
    let step = |position, random: &mut Random| {
        let (title, text) = (phrase(random, 8, 20), sentence(random, 30, 110));
        format!("  - {{position: {position}, kind: TREATMENT, title: {title}, description: {text}, device: {device}}}\n")
    };
    let mechanism = sentence(random, 60, 130);
    let actions: String = (1..=2).map(|position| action(position, random)).collect();
    let count = random.between(1, 3);
    let steps: String = (1..=count).map(|position| step(position, random)).collect();
    format!("mechanism:\n  summary: {mechanism}\n  actions:\n{actions}steps:\n{steps}devices: [{{device: {device}}}]\n")
}

fn recovery(random: &mut Random) -> String {
    let effect = |effect: &str, random: &mut Random| {
        let (days, name) = (random.between(1, 14), phrase(random, 8, 20));
        let duration = format!("{{min: {days}, max: {}, unit: DAY, text: generated}}", days + 3);
        format!("    - {{effect: {effect}, name: Generated {name}, frequency: EXPECTED, duration: {duration}}}\n")
    };
    let speed = random.pick(&["QUICK", "MODERATE", "LONG"]);
    let summary = sentence(random, 50, 120);
    let effects: String = ["REDNESS", "SWELLING"].into_iter().map(|name| effect(name, random)).collect();
    format!("recovery:\n  speed: {speed}\n  summary: {summary}\n  effects:\n{effects}")
}

fn risks(size: &LibrarySize, random: &mut Random) -> String {
    let adverse = |random: &mut Random| {
        let (effect, frequency) = (random.pick(EFFECTS), random.pick(FREQUENCIES));
        let (name, serious) = (phrase(random, 8, 30), random.chance(1, 5));
        format!("  - {{name: Generated {name}, effect: {effect}, frequency: {frequency}, serious: {serious}}}\n")
    };
    let against = |random: &mut Random| {
        let (strength, topic, name) = (random.pick(STRENGTHS), random.pick(TOPICS), phrase(random, 8, 30));
        let condition = condition::slug(random.between(1, size.conditions));
        format!("  - {{name: Generated {name}, topic: {topic}, strength: {strength}, condition: {condition}}}\n")
    };
    let effects: String = (0..3).map(|_| adverse(random)).collect();
    let reasons: String = (0..random.between(1, 2)).map(|_| against(random)).collect();
    let serious = if effects.contains("serious: true") { None } else { Some("SERIOUS_EFFECTS") };
    let topics = NOT_FOUND.split_whitespace().chain(serious);
    let missing: Vec<String> = topics.map(|topic| format!("  - {{topic: {topic}, searchedOn: \"2026-01-01\"}}\n")).collect();
    format!("adverseEffects:\n{effects}contraindications:\n{reasons}notFound:\n{}", missing.concat())
}

/// Returns the YAML of the outcomes, each for a different condition. The first condition is random, and the others
/// follow at a constant distance. The distance and the number of conditions have no common divisor, so no condition is
/// repeated.
fn outcomes(size: &LibrarySize, random: &mut Random, number: u32) -> String {
    let count = size.outcomes_of(number);
    if count == 0 {
        return "outcomes: []\n".to_owned();
    }
    let first = u64::from(random.below(size.conditions));
    let step = loop {
        let step = 1 + random.below(size.conditions);
        if coprime(step, size.conditions) {
            break u64::from(step);
        }
    };
    let condition = |index: u32| {
        let index = (first + step * u64::from(index)) % u64::from(size.conditions);
        condition::slug(1 + u32::try_from(index).unwrap_or_default())
    };
    let outcomes: String = (0..count).map(|index| outcome::entry(size, random, &condition(index))).collect();
    format!("outcomes:\n{outcomes}")
}

fn coprime(mut a: u32, mut b: u32) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
