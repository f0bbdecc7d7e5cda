//! BARE schema compiler.
