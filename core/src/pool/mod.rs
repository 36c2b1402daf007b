//! The pool as a table: who holds which connection, who waits, what is to be opened and closed.
