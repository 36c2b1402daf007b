//! Tests of the engine, by family of statements.
