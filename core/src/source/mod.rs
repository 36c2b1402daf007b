//! Where tokens come from (SRC-1 … SRC-4).
