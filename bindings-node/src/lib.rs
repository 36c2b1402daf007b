//! The Node addon of tdsec: what the JavaScript in `lib/` calls. Not an API of its own; users see `index.d.ts`.
//!
//! ```text
//!   lib/*.js     promises, iterators, AbortSignal, typed arrays -> values          main thread, in slices
//!   ---------------------------------------------------------------------------------------------------
//!   connection   Connection of the core as a class; every call is one future       runtime's threads
//!   pool         Pool of the core as a class                                       runtime's threads
//!   source       token sources of the core, functions of JavaScript among them
//!   result       blocks of a result, packed for typed arrays                       runtime's threads
//!   pack         one block -> one aligned buffer
//!   cancel       a switch that drops a future
//!   options      options of JavaScript -> Config; the registry for types and tests
//!   statement    a statement and its options
//!   token        tokens of a server                                             runtime's threads
//!   observe      events in a queue, metrics
//!   error        core error -> JSON in the text of a rejected promise
//! ```
//!
//! Nothing here decides: arguments are converted, one call is made into the core, the answer is converted. Nothing
//! waits on the main thread. A panic becomes a rejected promise or an exception.

pub mod cancel;
pub mod connection;
pub mod error;
pub mod observe;
pub mod options;
mod pack;
pub mod pool;
pub mod result;
pub mod source;
mod statement;
pub mod token;
