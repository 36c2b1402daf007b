//! The table of events: names that logs, alerts and programs rely on. A name is never changed, a retired one stays reserved.

use super::Severity;

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $sentence:literal, [$($field:literal),*];)*) => {
        /// What happened. Every language shows the same name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventName {
            $(#[doc = $sentence] $variant,)*
        }

        impl EventName {
            /// Every event, in the order of the documentation.
            pub const ALL: &'static [EventName] = &[$(EventName::$variant,)*];

            /// Its stable name, such as `rotation.promoted`.
            pub const fn name(self) -> &'static str {
                match self { $(EventName::$variant => $name,)* }
            }

            /// The event of this name.
            pub fn from_name(name: &str) -> Option<EventName> {
                match name {
                    $($name => Some(EventName::$variant),)*
                    _ => None,
                }
            }

            /// How much it matters.
            pub const fn severity(self) -> Severity {
                match self { $(EventName::$variant => Severity::$severity,)* }
            }

            /// What it says, as a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(EventName::$variant => $sentence,)* }
            }

            /// The fields it carries, as far as they are known: `pool` is missing outside of a pool.
            pub const fn fields(self) -> &'static [&'static str] {
                match self { $(EventName::$variant => &[$($field),*],)* }
            }
        }
    };
}

events! {
    ConfigWarning = "config.warning", Warning,
        "an option was accepted that does less, or something else, than its writer may expect", ["pool", "option", "message"];
    ConnectionOpened = "connection.opened", Debug,
        "a connection logged in",
        ["pool", "endpoint", "generation", "fingerprint", "server_version", "tls_version", "resumed", "reconnect"];
    ConnectionFailed = "connection.failed", Warning,
        "a connection could not be opened", ["pool", "endpoint", "generation", "fingerprint", "code", "message"];
    ConnectionLost = "connection.lost", Warning,
        "an open connection broke", ["pool", "endpoint", "generation", "fingerprint", "code", "message"];
    ConnectionClosed = "connection.closed", Debug,
        "a connection was closed", ["pool", "endpoint", "generation", "fingerprint", "reason"];
    CertificateExpiring = "certificate.expiring", Warning,
        "a certificate ends within 30 days, or has ended; renew it",
        ["pool", "endpoint", "whose", "days_left", "subject", "fingerprint"];
    FileUnusable = "file.unusable", Warning,
        "a file was replaced by something unusable; what it said before stays in use", ["option", "code", "message"];
    KeyExposed = "key.exposed", Warning,
        "others than its owner may read a key or token file", ["option", "message"];
    SourceFailed = "source.failed", Warning,
        "the token source gave no usable token, or could not be told that one is retired; a token that is in use stays", ["pool", "source", "code", "message", "retry_in_s"];
    SourceRecovered = "source.recovered", Info,
        "the token source answers again", ["pool", "source"];
    TokenFetched = "token.fetched", Info,
        "the token source gave a new token", ["pool", "source", "generation", "fingerprint", "seconds_left"];
    TokenExpired = "token.expired", Error,
        "the token in use has ended and the source has no other", ["pool", "generation", "fingerprint"];
    TokenRefused = "token.refused", Error,
        "the server refused the token in use", ["pool", "generation", "fingerprint", "code", "message"];
    TokenLongLived = "token.long_lived", Warning,
        "the token lives longer than seven days; a leaked one would be useful for as long", ["pool", "fingerprint", "seconds_left"];
    TokenRetired = "token.retired", Info,
        "nothing uses the token any more", ["pool", "generation", "fingerprint"];
    TokenRevoked = "token.revoked", Warning,
        "the token was given up at once; its connections are being moved off it", ["pool", "generation", "fingerprint"];
    RotationStarted = "rotation.started", Info,
        "a new token is being tried on a few connections", ["pool", "generation", "fingerprint", "connections"];
    RotationPromoted = "rotation.promoted", Info,
        "new connections use the new token", ["pool", "generation", "fingerprint", "seconds_left"];
    RotationRolledBack = "rotation.rolled_back", Error,
        "the new token failed and is not used; the one before stays in use, if there is one", ["pool", "generation", "fingerprint", "code", "message", "retry_in_s"];
    ClockJumped = "clock.jumped", Warning,
        "the wall clock jumped, or the machine slept; the schedule was made anew", ["pool", "seconds"];
    PoolExhausted = "pool.exhausted", Warning,
        "nobody gave a connection back in time", ["pool", "in_use", "waiting", "max_size"];
    PoolLeakSuspected = "pool.leak_suspected", Warning,
        "a connection has been lent for very long", ["pool", "endpoint", "seconds"];
    EndpointDown = "endpoint.down", Warning,
        "new work goes elsewhere, this endpoint is asked again later", ["pool", "endpoint", "code", "message", "retry_in_s"];
    EndpointUp = "endpoint.up", Info,
        "the endpoint serves again", ["pool", "endpoint"];
    EndpointDiscovered = "endpoint.discovered", Info,
        "the cluster named an endpoint that was not in the address", ["pool", "endpoint"];
    EventsLost = "events.lost", Warning,
        "a listener was too slow; its oldest events were thrown away", ["count"];
}
