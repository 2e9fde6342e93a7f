//! Texts and regular expressions of the schema, each kept once for the whole run: requirements hold theirs as `'static`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex},
};

use regex_lite::Regex;

static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
static REGEXES: LazyLock<Mutex<BTreeMap<String, Regex>>> = LazyLock::new(Mutex::default);

pub(super) fn text(text: &str) -> &'static str {
    let mut texts = TEXTS.lock().unwrap();
    if let Some(known) = texts.get(text) {
        return known;
    }
    let new: &'static str = Box::leak(text.into());
    texts.insert(new);
    new
}

pub(super) fn regex(pattern: &str) -> Regex {
    let mut regexes = REGEXES.lock().unwrap();
    if let Some(known) = regexes.get(pattern) {
        return known.clone();
    }
    let new = Regex::new(pattern).unwrap();
    regexes.insert(pattern.to_owned(), new.clone());
    new
}
