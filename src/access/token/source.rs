//! Reads the key set from a file or a URL, and refreshes it.
//!
//! A file is read again when it has changed. A URL is fetched again when a token names an unknown key, but at most once
//! per [`PAUSE`]. It is also fetched again when the set is older than [`MAX_AGE`], so a key that the issuer has
//! withdrawn is refused eventually. If a refresh fails, the last valid set stays in use.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use jsonwebtoken::Algorithm;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

use super::jwks::{VerifyingKey, choose, read};
use crate::access::{AccessProblem, problem::UNAVAILABLE};

/// Minimum time between two fetches because of an unknown key.
const PAUSE: Duration = Duration::from_mins(1);

/// Minimum time between two fetches while no set was read yet.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// Age at which a set from a URL is fetched again. A withdrawn key may be accepted for this time.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Timeout of a fetch.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of requests that wait for the end of a fetch. Each has a token with an unknown key.
const MAX_WAITING: usize = 256;

/// Longest key set in bytes. The key sets of large issuers have about 10 kB.
const MAX_LENGTH: u64 = 1 << 20;

/// Where a key set is.
#[derive(Clone, PartialEq, Eq)]
pub enum JwksSource {
    /// In a file.
    File(PathBuf),
    /// At a URL that begins with `http://` or `https://`.
    Url(String),
}

impl FromStr for JwksSource {
    type Err = &'static str;

    /// Distinguishes a file from a URL. No error message repeats the text, which may contain a secret.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, _)) = text.split_once("://") else { return Ok(Self::File(text.into())) };
        let uri: ureq::http::Uri = text.parse().map_err(|_| "this is not the URL of a key set")?;
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        match scheme {
            "http" | "https" if has_user => Err("the URL of a key set must not contain a user or a password"),
            "http" | "https" => Ok(Self::Url(text.to_owned())),
            _ => Err("a key set must be a file, or a URL that begins with https:// or http://"),
        }
    }
}

impl fmt::Display for JwksSource {
    /// Writes the source without the part after `?`, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url.split(['?', '#']).next().unwrap_or_default()),
        }
    }
}

/// A key set that is refreshed from its source.
pub struct KeySet {
    source: JwksSource,
    keys: Arc<RwLock<Vec<Arc<VerifyingKey>>>>,
    last_refresh: Arc<Mutex<Option<Refresh>>>,
    /// A permit for each request that may wait for the lock of `last_refresh`.
    waiting: Semaphore,
    /// Minimum time between two fetches because of an unknown key: [`PAUSE`], or another time in tests.
    pub(super) pause: Duration,
}

/// The last attempt to read the set, successful or not.
struct Refresh {
    at: Instant,
    /// The version of the file at that time; `None` for a URL.
    version: Option<FileVersion>,
}

/// Modification time and length of a file.
type FileVersion = (SystemTime, u64);

impl KeySet {
    /// Reads the set.
    ///
    /// # Errors
    /// If the set is a file that cannot be used. If the set is at a URL that does not respond, a warning is logged, and
    /// the URL is fetched again later.
    pub async fn open(source: JwksSource) -> Result<Self, String> {
        if matches!(&source, JwksSource::Url(url) if url.starts_with("http://")) {
            tracing::warn!(
                "the key set is fetched without TLS from {source}: an attacker on the network could sign in as anyone"
            );
        }
        let is_file = matches!(source, JwksSource::File(_));
        let set = Self {
            source,
            keys: Arc::default(),
            last_refresh: Arc::default(),
            waiting: Semaphore::new(MAX_WAITING),
            pause: PAUSE,
        };
        let refreshed = set.refresh(Arc::clone(&set.last_refresh).lock_owned().await).await;
        if is_file { refreshed.map(|()| set) } else { Ok(set) }
    }

    /// Returns the key for tokens with this key id and algorithm; `None` if the issuer has no such key.
    ///
    /// # Errors
    /// If no set was read yet, or if [`MAX_WAITING`] requests wait for a fetch.
    pub async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Option<Arc<VerifyingKey>>, AccessProblem> {
        // One request refreshes a set that is too old. Concurrent requests use the old set meanwhile.
        if let Ok(last) = Arc::clone(&self.last_refresh).try_lock_owned()
            && self.is_due(last.as_ref(), MAX_AGE)
        {
            let _ = self.refresh(last).await;
        }
        if let Some(key) = self.current_key(id, algorithm) {
            return Ok(Some(key));
        }
        let _waits = self.waiting.try_acquire().map_err(|_| UNAVAILABLE)?;
        let last = Arc::clone(&self.last_refresh).lock_owned().await;
        let pause = if self.is_empty() { PAUSE_WITHOUT_KEYS } else { self.pause };
        if self.is_due(last.as_ref(), pause) {
            let _ = self.refresh(last).await;
        }
        if self.is_empty() { Err(UNAVAILABLE) } else { Ok(self.current_key(id, algorithm)) }
    }

    fn current_key(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<VerifyingKey>> {
        choose(&self.keys.read().unwrap_or_else(PoisonError::into_inner), id, algorithm).cloned()
    }

    fn is_empty(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Reports whether to read the set again: a file if it has changed, a URL if the last attempt is at least `pause` ago.
    fn is_due(&self, last: Option<&Refresh>, pause: Duration) -> bool {
        match (&self.source, last) {
            (_, None) => true,
            (JwksSource::File(path), Some(last)) => version(path) != last.version,
            (JwksSource::Url(_), Some(last)) => last.at.elapsed() >= pause,
        }
    }

    /// Reads the set from its source. If the new set is valid, it replaces the current one.
    async fn refresh(&self, mut last: OwnedMutexGuard<Option<Refresh>>) -> Result<(), String> {
        let (source, keys) = (self.source.clone(), Arc::clone(&self.keys));
        // If the request is cancelled, the thread still completes the fetch and stores the set. Otherwise the set would be
        // lost, and the next fetch would have to wait for the pause. The closure owns the lock, so no other fetch begins
        // meanwhile.
        let task = tokio::task::spawn_blocking(move || {
            let version = match &source {
                JwksSource::File(path) => version(path),
                JwksSource::Url(_) => None,
            };
            *last = Some(Refresh { at: Instant::now(), version });
            let text = match &source {
                JwksSource::File(path) => fs::read(path).map_err(|failure| failure.to_string()),
                JwksSource::Url(url) => fetch(url),
            };
            match text.and_then(|text| read(&text).map_err(str::to_owned)) {
                Ok(set) => {
                    *keys.write().unwrap_or_else(PoisonError::into_inner) = set.into_iter().map(Arc::new).collect();
                    Ok(())
                }
                Err(reason) => {
                    let reason = format!("the key set {source} cannot be used: {reason}");
                    tracing::warn!("{reason}");
                    Err(reason)
                }
            }
        });
        task.await.unwrap_or_else(|_| Err("the read was cancelled".to_owned()))
    }
}

fn version(path: &Path) -> Option<FileVersion> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Fetches a URL. Certificates are verified against the root certificates that browsers trust.
fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(FETCH_TIMEOUT))
        .https_only(url.starts_with("https://"))
        .max_redirects(3)
        .user_agent(concat!("dermagraph/", env!("CARGO_PKG_VERSION")))
        .build();
    let response = ureq::Agent::new_with_config(config).get(url).call();
    let read = response.and_then(|mut response| response.body_mut().with_config().limit(MAX_LENGTH).read_to_vec());
    read.map_err(|failure| match failure {
        ureq::Error::BadUri(_) => "this is not a URL".to_owned(),
        failure => failure.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, future::join_all};

    use super::*;

    #[tokio::test]
    async fn a_limited_number_of_requests_wait_for_a_key_set() {
        let source = JwksSource::Url("http://127.0.0.1:1/".to_owned());
        let set = KeySet::open(source).await.unwrap();
        let fetch = set.last_refresh.lock().await;
        let find = || set.find(Some("unknown"), Algorithm::ES256);
        let mut waiting = Box::pin(join_all((0..MAX_WAITING).map(|_| find())));
        assert!(waiting.as_mut().now_or_never().is_none(), "they wait for the fetch");
        let refused = find().now_or_never().expect("it does not wait").err().map(|problem| problem.code);
        assert_eq!(refused, Some(AccessProblem::UNAVAILABLE));
        drop((waiting, fetch));
        assert_eq!(set.waiting.available_permits(), MAX_WAITING);
    }
}
