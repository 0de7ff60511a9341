//! Tokens of a trusted issuer: JSON Web Tokens (RFC 7519) that are signed with one of its keys.
//!
//! Only signatures with a private key are accepted. Which algorithms fit a key is said by the key and not by the token, so a
//! token cannot choose to be checked by none, or with the public key as a shared secret (RFC 8725, section 3.1).

mod crypto;
mod jwks;
mod source;
#[cfg(test)]
mod tests;

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde_json::{Map, Value as Json};

use super::{AccessProblem, Caller, ConfigError, Role, Who, config::TokenConfig, problem::BAD_TOKEN};
pub(super) use source::JwksSource;
use source::KeySet;

/// How far the clocks of the issuer and of this machine may be apart, in seconds.
const LEEWAY: u64 = 30;

/// Longest token in bytes: what servers accept of all headers together.
const MAX_LENGTH: usize = 8 << 10;

/// Longest subject in bytes: `OpenID` Connect allows 255 (Core 1.0, section 2).
const MAX_SUBJECT: usize = 255;

/// Claims of a token, as JSON.
type Claims = Map<String, Json>;

/// Checks tokens.
pub(super) struct Tokens {
    keys: KeySet,
    /// What must hold of every token; the algorithm is added for each.
    rules: Validation,
    role_claim: String,
}

impl Tokens {
    /// Reads the key set.
    ///
    /// # Errors
    /// When it is a file that cannot be used.
    pub async fn open(config: TokenConfig) -> Result<Self, ConfigError> {
        crypto::install();
        let TokenConfig { issuer, audience, jwks, role_claim } = config;
        let mut rules = Validation { algorithms: Vec::new(), leeway: LEEWAY, validate_nbf: true, ..Validation::default() };
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let keys = KeySet::open(jwks).await.map_err(|reason| ConfigError(format!("--jwt-jwks: {reason}")))?;
        Ok(Self { keys, rules, role_claim })
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// When it is not good, or no key set could be had yet.
    pub async fn caller(&self, token: &str) -> Result<Caller, AccessProblem> {
        let refused = |reason: &str| {
            tracing::debug!(reason, "a token is refused");
            BAD_TOKEN
        };
        if token.len() > MAX_LENGTH {
            return Err(refused("it is too long"));
        }
        // The library's own words may repeat parts of the token, so they are not even logged.
        let Header { kid, alg, crit: None, .. } = decode_header(token).map_err(|_| refused("its head is unknown"))? else {
            return Err(refused("it has critical extensions"));
        };
        let key = self.keys.find(kid.as_deref(), alg).await?.ok_or_else(|| refused("no key fits it"))?;
        let rules = Validation { algorithms: vec![alg], ..self.rules.clone() };
        let token = decode::<Claims>(token, key.public_key(), &rules).map_err(|failure| refused(rule(failure.kind())))?;
        if !token.claims.get("iss").is_some_and(Json::is_string) {
            return Err(refused("its issuer is not one text"));
        }
        let subject = token.claims.get("sub").and_then(Json::as_str).filter(|subject| is_subject(subject));
        let subject = subject.ok_or_else(|| refused("it has no subject"))?;
        let role = role_in(&token.claims, &self.role_claim);
        Ok(Caller { who: Who::Token { subject: subject.to_owned() }, role: Some(role) })
    }
}

/// Whether a claim names somebody: not nobody, and in a text that can be shown.
fn is_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&subject.len()) && !subject.trim().is_empty() && !subject.contains(char::is_control)
}

/// The rule that a token breaks.
fn rule(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::MissingRequiredClaim(_) => "one of exp, iss, aud and sub is missing",
        _ => "it is malformed",
    }
}

/// The highest role that a claim names; a reader when it names none that we know. The claim is a text or a list of texts, and
/// stands under its whole name, as a URL does, or where the dots lead.
fn role_in(claims: &Claims, claim: &str) -> Role {
    let by_path = || {
        let mut steps = claim.split('.');
        let first = claims.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    };
    let named = |value: &Json| value.as_str().and_then(Role::named);
    let role = match claims.get(claim).or_else(by_path) {
        Some(Json::Array(values)) => values.iter().filter_map(named).max(),
        Some(value) => named(value),
        None => None,
    };
    role.unwrap_or(Role::Reader)
}
