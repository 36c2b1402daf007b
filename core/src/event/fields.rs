//! What the fields of events mean.

/// Name, type and meaning of every field, in the order of the documentation.
pub const FIELDS: &[(&str, &str, &str)] = &[
    ("pool", "text", "the pool's name; missing for a connection of its own"),
    ("endpoint", "text", "`host:port`"),
    ("generation", "integer", "number of a credential in its pool: 1 is the first, and each that is tried takes one"),
    ("fingerprint", "text", "stands for a token (12 hexadecimal digits of its SHA-256), or for a certificate (all 64)"),
    ("server_version", "text", "the server's version, as it says"),
    ("tls_version", "text", "`TLSv1.3` or `TLSv1.2`; missing on a plain connection"),
    ("resumed", "bool", "an earlier TLS session was resumed"),
    ("reconnect", "bool", "opened in place of one that broke"),
    ("code", "text", "code of the error, as in [errors.md](errors.md)"),
    ("message", "text", "what happened, for people; may change between versions"),
    ("reason", "text", "why, for people; may change between versions"),
    ("option", "text", "the option concerned"),
    ("whose", "text", "`server` or `client`"),
    ("days_left", "integer", "whole days until the certificate ends, negative once it has"),
    ("subject", "text", "the certificate's owner"),
    ("source", "text", "kind of the token source: `file`, `nacos`"),
    ("retry_in_s", "real", "seconds until the next attempt"),
    ("seconds_left", "real", "seconds until the token ends"),
    ("connections", "integer", "how many connections"),
    ("seconds", "real", "how long, or how far"),
    ("in_use", "integer", "connections lent at that moment"),
    ("waiting", "integer", "callers waiting at that moment"),
    ("max_size", "integer", "most connections of the pool"),
    ("count", "integer", "how many events"),
];
