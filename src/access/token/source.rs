//! Where the key set comes from, and when it is read again.
//!
//! A file is read again when it has changed. An address is asked again when a token names a key that is not known, though not
//! by everybody who makes one up, and from time to time, so that a key which the issuer has withdrawn is one day refused. When
//! that fails, the last good set stays.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use jsonwebtoken::Algorithm;
use tokio::sync::Mutex;

use super::jwks::{VerifyingKey, choose, read};
use crate::access::AccessProblem;

/// Least time between two questions at an address for a key that is not known.
const PAUSE: Duration = Duration::from_mins(1);

/// The same as long as no set could be had at all.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// How old a set from an address becomes: a withdrawn key is accepted for this long.
const MAX_AGE: Duration = Duration::from_mins(10);

/// How long an address may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Longest key set in bytes. Those of large issuers have some ten thousand.
const MAX_LENGTH: u64 = 1 << 20;

/// Where a key set is.
#[derive(Clone, PartialEq, Eq)]
pub enum JwksSource {
    /// In a file.
    File(PathBuf),
    /// At an address, which begins with `http://` or `https://`.
    Url(String),
}

impl FromStr for JwksSource {
    type Err = &'static str;

    /// Tells a file from an address. What is wrong is told without repeating it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, _)) = text.split_once("://") else { return Ok(Self::File(text.into())) };
        let uri: ureq::http::Uri = text.parse().map_err(|_| "this is not the address of a key set")?;
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        match scheme {
            "http" | "https" if has_user => Err("the address of a key set has no user and no password"),
            "http" | "https" => Ok(Self::Url(text.to_owned())),
            _ => Err("a key set is in a file or at an address that begins with https://"),
        }
    }
}

impl fmt::Display for JwksSource {
    /// Without what follows `?`, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url.split(['?', '#']).next().unwrap_or_default()),
        }
    }
}

/// A key set that is kept up to date.
pub struct KeySet {
    source: JwksSource,
    keys: RwLock<Vec<Arc<VerifyingKey>>>,
    last: Mutex<Option<Reading>>,
    /// [`PAUSE`], outside tests.
    pub(super) pause: Duration,
}

/// When the set was last asked for, with or without success.
struct Reading {
    at: Instant,
    /// Of a file: what it was then.
    stamp: Option<Stamp>,
}

/// What tells one state of a file from another: when it was changed, and its length.
type Stamp = (SystemTime, u64);

impl KeySet {
    /// Reads the set.
    ///
    /// # Errors
    /// When it is a file that cannot be used. An address may not answer yet; that is logged, and it is asked again.
    pub async fn open(source: JwksSource) -> Result<Self, String> {
        if matches!(&source, JwksSource::Url(url) if url.starts_with("http://")) {
            tracing::warn!(
                "the key set comes without TLS from {source}: who can change it on its way can sign in as anyone"
            );
        }
        let is_file = matches!(source, JwksSource::File(_));
        let set = Self { source, keys: RwLock::default(), last: Mutex::default(), pause: PAUSE };
        let read = set.read_again(&mut *set.last.lock().await).await;
        if is_file { read.map(|()| set) } else { Ok(set) }
    }

    /// The key that tokens with this head are signed with; `None` when the issuer has no such key.
    ///
    /// # Errors
    /// When no set could be had yet.
    pub async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Option<Arc<VerifyingKey>>, AccessProblem> {
        // One request renews an old set; the others go on with it.
        if let Ok(mut last) = self.last.try_lock()
            && self.is_due(last.as_ref(), MAX_AGE)
        {
            let _ = self.read_again(&mut last).await;
        }
        if let Some(key) = self.known(id, algorithm) {
            return Ok(Some(key));
        }
        let mut last = self.last.lock().await;
        let pause = if self.is_empty() { PAUSE_WITHOUT_KEYS } else { self.pause };
        if self.is_due(last.as_ref(), pause) {
            let _ = self.read_again(&mut last).await;
        }
        if self.is_empty() { Err(AccessProblem::unavailable()) } else { Ok(self.known(id, algorithm)) }
    }

    fn known(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<VerifyingKey>> {
        choose(&self.keys.read().unwrap_or_else(PoisonError::into_inner), id, algorithm).cloned()
    }

    fn is_empty(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether to read a set again that was last read then, and is at an address that is left alone for so long.
    fn is_due(&self, last: Option<&Reading>, pause: Duration) -> bool {
        match (&self.source, last) {
            (_, None) => true,
            (JwksSource::File(path), Some(last)) => stamp(path) != last.stamp,
            (JwksSource::Url(_), Some(last)) => last.at.elapsed() >= pause,
        }
    }

    /// Reads the set and takes it over when it is good.
    async fn read_again(&self, last: &mut Option<Reading>) -> Result<(), String> {
        let stamp = match &self.source {
            JwksSource::File(path) => stamp(path),
            JwksSource::Url(_) => None,
        };
        *last = Some(Reading { at: Instant::now(), stamp });
        let source = self.source.clone();
        let reading = tokio::task::spawn_blocking(move || match source {
            JwksSource::File(path) => fs::read(path).map_err(|failure| failure.to_string()),
            JwksSource::Url(url) => fetch(&url),
        });
        let text = reading.await.unwrap_or_else(|_| Err("the reading was stopped".to_owned()));
        match text.and_then(|text| read(&text).map_err(str::to_owned)) {
            Ok(keys) => {
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.into_iter().map(Arc::new).collect();
                Ok(())
            }
            Err(reason) => {
                let reason = format!("the key set {} cannot be used: {reason}", self.source);
                tracing::warn!("{reason}");
                Err(reason)
            }
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Asks an address. Certificates are checked against the roots that browsers trust.
fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .https_only(url.starts_with("https://"))
        .max_redirects(3)
        .user_agent(concat!("dermagraph/", env!("CARGO_PKG_VERSION")))
        .build();
    let asked = ureq::Agent::new_with_config(config).get(url).call();
    let read = asked.and_then(|mut answer| answer.body_mut().with_config().limit(MAX_LENGTH).read_to_vec());
    read.map_err(|failure| match failure {
        ureq::Error::BadUri(_) => "this is not an address".to_owned(),
        failure => failure.to_string(),
    })
}
