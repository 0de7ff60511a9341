//! What the editors searched for and did not find.

use crate::engine::{
    catalog::Format,
    declare::{Choice, Members, Value},
};

/// The value object of topics that were searched for without result.
pub struct NotFound;

impl Value for NotFound {
    const NAME: &'static str = "NotFound";
    const ABOUT: &'static str = "A topic on which the editors found nothing in the sources that they could read. Other \
        sources may cover it.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<MissingTopic>("topic", "The topic.").required();
        d.text("searchedOn", "Date of the search, for example `2026-11-28`.").required().format(Format::PastDate);
        d.text("note", "Remark, such as where the editors searched; null if none.");
    }
}

/// The enumeration of topics that every procedure must cover.
pub struct MissingTopic;

impl Choice for MissingTopic {
    const NAME: &'static str = "MissingTopic";
    const ABOUT: &'static str = "Topic that every procedure must either cover or list as not found. Some topics can be covered by its variants or outcomes. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("CONTRAINDICATIONS", "Reasons not to do the procedure: `contraindications`."),
        ("PREGNANCY", "Pregnancy: a contraindication with this topic."),
        ("BREASTFEEDING", "Breastfeeding: a contraindication with this topic."),
        ("MEDICINES", "Medicines: a contraindication with the topic `MEDICINE`."),
        ("INFECTIONS", "Infections: a contraindication with the topic `INFECTION`."),
        ("SKIN_TYPES", "Skin types: a contraindication with the topic `SKIN_TYPE`."),
        ("SERIOUS_EFFECTS", "Serious effects: an entry of `adverseEffects` that is serious."),
        ("GET_HELP", "When to get help: `getHelp`."),
        ("HELP_FOR_EFFECTS", "When to get help for each kind of serious effect: `getHelp.effects`."),
        ("SESSIONS", "Number of sessions: `sessions.count`."),
        ("INTERVAL", "Time between sessions: `sessions.interval`."),
        ("VISIT_DURATION", "Length of a visit: `visitDuration`."),
        ("PAIN", "Pain: `pain`."),
        ("DOWNTIME", "Time away from usual activities: `recovery.downtime`."),
        ("LASTS", "How long results last: `results.lasts`."),
        ("PREPARATION", "What to do before the visit: `preparation`."),
        ("AFTERCARE", "What to do after the visit: `aftercare`."),
        ("PRACTITIONERS", "Who may do the procedure: `practitioners`."),
        ("COSTS", "What the procedure costs: `costs`."),
    ];
}
