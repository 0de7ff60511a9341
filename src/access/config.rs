//! Settings of access control, as command-line arguments and environment variables.

use clap::Args;

use super::{Limiter, Role, token::JwksSource};

/// The end of the message about incomplete settings of tokens.
const TOGETHER: &str = "set --jwt-issuer, --jwt-audience and --jwt-jwks together, or none of them";

/// Settings of authentication, roles and budgets. By default, every client may read everything, without a limit.
///
/// It does not implement `Debug`, because the URL of a key set may contain a secret.
#[derive(Args, Clone)]
pub struct AccessConfig {
    /// Issuer whose tokens are accepted, as in their claim `iss`
    #[arg(long, env = "DERMAGRAPH_JWT_ISSUER", value_name = "ISSUER")]
    pub jwt_issuer: Option<String>,
    /// Audience that tokens must name in their claim `aud`
    #[arg(long, env = "DERMAGRAPH_JWT_AUDIENCE", value_name = "AUDIENCE")]
    pub jwt_audience: Option<String>,
    /// Public keys of the issuer as a JSON Web Key Set: a file, or a URL that begins with https:// (http:// logs a warning)
    #[arg(long, env = "DERMAGRAPH_JWT_JWKS", hide_env_values = true, value_name = "FILE_OR_URL")]
    pub jwt_jwks: Option<String>,
    /// Claim of tokens that contains the role, or a list of roles; dots separate the names of nested objects
    #[arg(long, env = "DERMAGRAPH_JWT_ROLE_CLAIM", value_name = "CLAIM", default_value = Self::ROLE_CLAIM)]
    pub jwt_role_claim: String,
    /// Role that is required to send requests at all; none by default
    #[arg(long, env = "DERMAGRAPH_REQUIRE_ROLE", value_name = "ROLE")]
    pub require_role: Option<Role>,
    /// Role that is required to read the schema by introspection; by default the same as for other requests
    #[arg(long, env = "DERMAGRAPH_INTROSPECTION_ROLE", value_name = "ROLE")]
    pub introspection_role: Option<Role>,
    /// Role that is required to open the playground; none by default
    #[arg(long, env = "DERMAGRAPH_PLAYGROUND_ROLE", value_name = "ROLE")]
    pub playground_role: Option<Role>,
    /// Points that each address without credentials may spend per minute; 0 for no limit
    #[arg(long, env = "DERMAGRAPH_RATE_LIMIT", value_name = "POINTS", default_value_t = 0)]
    pub rate_limit: u32,
    /// Points that each API key or token subject may spend per minute; 0 for no limit
    #[arg(long, env = "DERMAGRAPH_RATE_LIMIT_SIGNED_IN", value_name = "POINTS", default_value_t = 0)]
    pub rate_limit_signed_in: u32,
}

/// The error that settings are incomplete or cannot be used. Its text names the option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

/// The settings of tokens.
pub(super) struct TokenConfig {
    pub issuer: String,
    pub audience: String,
    pub jwks: JwksSource,
    pub role_claim: String,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            jwt_issuer: None,
            jwt_audience: None,
            jwt_jwks: None,
            jwt_role_claim: Self::ROLE_CLAIM.to_owned(),
            require_role: None,
            introspection_role: None,
            playground_role: None,
            rate_limit: 0,
            rate_limit_signed_in: 0,
        }
    }
}

impl AccessConfig {
    const ROLE_CLAIM: &'static str = "role";

    /// Creates the budgets of clients, all of them full.
    #[must_use]
    pub fn limiter(&self) -> Limiter {
        Limiter::new(self.rate_limit, self.rate_limit_signed_in)
    }

    /// Returns the settings of tokens; `None` if tokens are not accepted.
    pub(super) fn tokens(&self) -> Result<Option<TokenConfig>, ConfigError> {
        let options =
            [("--jwt-issuer", &self.jwt_issuer), ("--jwt-audience", &self.jwt_audience), ("--jwt-jwks", &self.jwt_jwks)];
        let Some((first, _)) = options.iter().find(|(_, value)| value.is_some()) else { return Ok(None) };
        let is_missing = |value: &Option<String>| value.as_deref().is_none_or(str::is_empty);
        if let Some((missing, _)) = options.iter().find(|(_, value)| is_missing(value)) {
            let problem = match options.iter().find(|(_, value)| !is_missing(value)) {
                Some((given, _)) => format!("{given} requires {missing}"),
                None => format!("{first} is empty"),
            };
            return Err(ConfigError(format!("{problem}: {TOGETHER}")));
        }
        if self.jwt_role_claim.is_empty() {
            return Err(ConfigError("--jwt-role-claim is empty; set the name of a claim".to_owned()));
        }
        let value = |value: &Option<String>| value.clone().unwrap_or_default();
        let jwks = value(&self.jwt_jwks).parse().map_err(|reason| ConfigError(format!("--jwt-jwks: {reason}")))?;
        Ok(Some(TokenConfig {
            issuer: value(&self.jwt_issuer),
            audience: value(&self.jwt_audience),
            jwks,
            role_claim: self.jwt_role_claim.clone(),
        }))
    }
}
