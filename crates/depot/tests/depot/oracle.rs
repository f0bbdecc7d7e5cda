//! Random operations, on every engine and on a model that is too simple to be wrong.
