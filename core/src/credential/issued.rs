//! What a token source gives.

use std::time::Duration;

use crate::secret::Secret;

/// A token and what its source knows of its life (ROT-9). All times are wall time since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issued {
    /// The token.
    pub token: Secret,
    /// When it ends, if the source says so.
    pub expires_at: Option<Duration>,
    /// How long it lives from its issue.
    pub ttl: Option<Duration>,
    /// When it was issued.
    pub issued_at: Option<Duration>,
    /// Fingerprints of earlier tokens that leaked: whoever uses one of them leaves it at once (OPS-6).
    pub revoked: Vec<String>,
}

impl Issued {
    /// A token of which nothing else is known.
    pub fn new(token: impl Into<Secret>) -> Self {
        Issued { token: token.into(), expires_at: None, ttl: None, issued_at: None, revoked: Vec::new() }
    }

    /// It ends at `wall`.
    pub fn expires_at(mut self, wall: Duration) -> Self {
        self.expires_at = Some(wall);
        self
    }

    /// It lives for `ttl` from its issue.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// It was issued at `wall`.
    pub fn issued_at(mut self, wall: Duration) -> Self {
        self.issued_at = Some(wall);
        self
    }

    /// The token with this fingerprint has leaked.
    pub fn revokes(mut self, fingerprint: impl Into<String>) -> Self {
        self.revoked.push(fingerprint.into());
        self
    }

    /// When it ends by what is known, as wall time since 1970-01-01 UTC. `None`: never, or nobody has said.
    pub fn end(&self) -> Option<Duration> {
        self.expires_at.or_else(|| Some(self.issued_at?.saturating_add(self.ttl?)))
    }

    /// Whether both say the same of their life.
    pub(crate) fn has_times_of(&self, other: &Issued) -> bool {
        (self.expires_at, self.ttl, self.issued_at) == (other.expires_at, other.ttl, other.issued_at)
    }

    /// Whether it says that the token with this fingerprint has leaked. The one that it brings itself cannot be meant.
    pub(crate) fn has_revoked(&self, fingerprint: &str) -> bool {
        self.revoked.iter().any(|revoked| revoked == fingerprint) && self.token.fingerprint() != fingerprint
    }
}
