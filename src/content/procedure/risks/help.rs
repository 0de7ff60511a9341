//! Checks that the advice on when to get help covers the serious effects of a procedure.

use crate::engine::canonical::{CanonicalObject, CanonicalValue};

/// Reports whether each kind of serious effect has an entry of `getHelp` that is about it or about any effect. Returns
/// false if `getHelp` is empty.
pub fn covers_serious_effects(procedure: &CanonicalObject) -> bool {
    let advice = procedure.list("getHelp");
    let helps = |kind: &str| {
        let about = |entry: &CanonicalValue| {
            let kinds = entry.as_object().map(|entry| entry.list("effects")).unwrap_or_default();
            kinds.is_empty() || kinds.iter().any(|known| known.as_str() == Some(kind))
        };
        advice.iter().any(about)
    };
    let is_serious = |effect: &&CanonicalValue| effect.get("serious").and_then(CanonicalValue::as_bool) == Some(true);
    let mut serious = procedure.list("adverseEffects").iter().filter(is_serious);
    !advice.is_empty() && serious.all(|effect| effect.get("effect").and_then(CanonicalValue::as_str).is_some_and(helps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tests::object;

    /// Reports whether advice covers the serious effects of a procedure that can cause a burn, which is serious, and a
    /// scar, which is not. Each entry of `advice` lists the kinds of effects that it is about.
    fn covered(advice: &[&[&str]]) -> bool {
        let effect = |kind: &str, serious: bool| object([("effect", kind.into()), ("serious", serious.into())]);
        let entry = |kinds: &&[&str]| object([("effects", kinds.iter().map(|kind| CanonicalValue::from(*kind)).collect())]);
        let effects: CanonicalValue = [effect("BURN", true), effect("SCARRING", false)].into_iter().collect();
        let procedure = [("adverseEffects", effects), ("getHelp", advice.iter().map(entry).collect())];
        covers_serious_effects(&procedure.into_iter().collect())
    }

    #[test]
    fn each_serious_effect_needs_advice_about_it_or_about_any_effect() {
        assert!(covered(&[&["PAIN"], &["INFECTION", "BURN"]]));
        assert!(covered(&[&[]]));
        assert!(!covered(&[&["SCARRING"]]));
        assert!(!covered(&[]));
    }
}
