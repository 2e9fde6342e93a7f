//! A place in a JSON document and how to name it.

use crate::openapi::json::Json;

/// A value and the JSON pointer of where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spot<'d> {
    pub(super) json: &'d Json,
    pub(super) pointer: String,
}

impl<'d> Spot<'d> {
    /// The whole document.
    pub(super) fn root(json: &'d Json) -> Self {
        Self { json, pointer: String::new() }
    }

    /// The value of a key of this object.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(Self { json: self.json.get(key)?, pointer: self.below(key) })
    }

    /// The place of a key, whether there is one or not: for messages.
    pub(super) fn at(&self, key: &str) -> Self {
        Self { json: self.json, pointer: self.below(key) }
    }

    /// The entries of this object.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Self)> {
        let json: &'d Json = self.json;
        json.entries()
            .iter()
            .map(|(key, json)| (key.as_str(), Self { json, pointer: self.below(key) }))
    }

    /// The items of this list.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let json: &'d Json = self.json;
        json.items()
            .iter()
            .enumerate()
            .map(|(index, json)| Self { json, pointer: format!("{}/{index}", self.pointer) })
    }

    /// What a JSON pointer points at.
    pub(super) fn resolve(root: &'d Json, pointer: &str) -> Option<Self> {
        let mut spot = Self::root(root);
        for step in pointer.split('/').skip(1) {
            let key = step.replace("~1", "/").replace("~0", "~");
            spot = match spot.get(&key) {
                Some(found) => found,
                None => {
                    let index: usize = key.parse().ok()?;
                    spot.items().nth(index)?
                }
            };
        }
        Some(spot)
    }

    fn below(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_its_value() {
        let json: Json = serde_json::from_str(r#"{"/v3/a~b":[{"x":1}]}"#).unwrap();
        let spot = Spot::root(&json).get("/v3/a~b").unwrap().items().next().unwrap();
        assert_eq!(spot.pointer, "/~1v3~1a~0b/0");
        assert_eq!(Spot::resolve(&json, &spot.pointer).unwrap().json, spot.json);
        assert!(Spot::resolve(&json, "/nowhere/0").is_none());
    }
}
