//! Tokens of a trusted issuer: JSON Web Tokens (RFC 7519) that are signed with one of its keys.
//!
//! Only asymmetric signatures are accepted. The key determines which algorithms are allowed, and the token must use one
//! of them. So a token cannot choose the algorithm `none`, or use the public key as a shared secret (RFC 8725, section
//! 3.1).

mod crypto;
mod jwks;
mod source;
#[cfg(test)]
mod tests;

use jsonwebtoken::{Header, Validation, decode, decode_header, errors::ErrorKind};
use serde_json::{Map, Value as Json};

use super::{AccessProblem, ConfigError, Identity, Principal, Role, config::TokenConfig, problem::INVALID_TOKEN};
pub(super) use source::JwksSource;
use source::KeySet;

/// Allowed difference between the clocks of the issuer and of this machine, in seconds.
const LEEWAY: u64 = 30;

/// Longest token in bytes: what servers usually accept for all headers together.
const MAX_LENGTH: usize = 8 << 10;

/// Longest subject in bytes: `OpenID` Connect allows 255 (Core 1.0, section 2).
const MAX_SUBJECT: usize = 255;

/// Claims of a token, as JSON.
type Claims = Map<String, Json>;

/// Verifies tokens.
pub(super) struct Tokens {
    keys: KeySet,
    /// Rules for every token; the algorithm is added for each token.
    rules: Validation,
    role_claim: String,
}

impl Tokens {
    /// Reads the key set.
    ///
    /// # Errors
    /// If the key set is a file that cannot be used.
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

    /// Returns the principal of a token.
    ///
    /// # Errors
    /// If the token is invalid, or no key set was read yet.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, AccessProblem> {
        let refused = |reason: &str| {
            tracing::debug!(reason, "a token is refused");
            INVALID_TOKEN
        };
        if token.len() > MAX_LENGTH {
            return Err(refused("it is too long"));
        }
        // The error of the JWT library may repeat parts of the token, so it is not logged.
        let Header { kid, alg, crit: None, .. } = decode_header(token).map_err(|_| refused("its header is malformed"))?
        else {
            return Err(refused("it has critical extensions"));
        };
        let key = self.keys.find(kid.as_deref(), alg).await?.ok_or_else(|| refused("no key matches it"))?;
        let rules = Validation { algorithms: vec![alg], ..self.rules.clone() };
        let token = decode::<Claims>(token, key.public_key(), &rules).map_err(|failure| refused(rule(failure.kind())))?;
        if !token.claims.get("iss").is_some_and(Json::is_string) {
            return Err(refused("its issuer is not a single string"));
        }
        let subject = token.claims.get("sub").and_then(Json::as_str).filter(|subject| is_subject(subject));
        let subject = subject.ok_or_else(|| refused("it has no valid subject"))?;
        let role = role_in(&token.claims, &self.role_claim);
        Ok(Principal { identity: Identity::Token { subject: subject.to_owned() }, role: Some(role) })
    }
}

/// Reports whether a subject can be shown: it is not blank, not too long, and has no control characters.
fn is_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&subject.len()) && !subject.trim().is_empty() && !subject.contains(char::is_control)
}

/// Describes the rule that a token violates, for the log.
fn rule(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidSignature => "its signature is invalid",
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidIssuer => "it is from another issuer",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::MissingRequiredClaim(_) => "one of exp, iss, aud and sub is missing",
        _ => "it is malformed",
    }
}

/// Returns the highest role that a claim names, or `reader` if it names no known role. The value is a string or a list of
/// strings. The claim is looked up by its whole name, which may be a URL, and then as a path separated by dots.
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
