//! Nothing: the package exists for `tests/compile_fail.rs`, which builds its dependencies anew, and so has few.
