//! Writes the JSON of a request, once: these bytes are signed and these bytes are sent.

use super::{Field, Fields, Shape, decimal::is_json_number};

/// Turns a plain value into what travels: the Base64 of its ciphertext.
pub(crate) trait Encrypt {
    /// Why it could not.
    type Error;

    /// Encrypts one value. The plain text stays as it is.
    fn encrypt(&mut self, plain: &str) -> Result<String, Self::Error>;
}

/// The JSON object of `fields`, in their order, absent ones left out.
pub(crate) fn object<'f, 'a: 'f, E: Encrypt>(
    fields: impl IntoIterator<Item = &'f Field<'a>>,
    encrypt: &mut E,
) -> Result<Vec<u8>, E::Error> {
    let mut writer = Writer { out: Vec::with_capacity(512), encrypt };
    writer.object(fields)?;
    Ok(writer.out)
}

/// The JSON of one value.
pub(crate) fn json_text<E: Encrypt>(value: Shape<'_>, encrypt: &mut E) -> Result<String, E::Error> {
    let mut writer = Writer { out: Vec::new(), encrypt };
    writer.value(value)?;
    // The writer writes texts and nothing else.
    Ok(String::from_utf8(writer.out).unwrap_or_default())
}

/// Leaves values as they are: to see how long a JSON text is before anything is encrypted.
pub(crate) struct AsItIs;

impl Encrypt for AsItIs {
    type Error = std::convert::Infallible;

    fn encrypt(&mut self, plain: &str) -> Result<String, Self::Error> {
        Ok(plain.to_owned())
    }
}

/// A value as it stands in a path, a header or a part of an upload, encrypted if it is sensitive; `None` where it is
/// absent or has no such form.
pub(crate) fn text<E: Encrypt>(
    value: Shape<'_>,
    encrypt: &mut E,
) -> Result<Option<String>, E::Error> {
    Ok(match value {
        Shape::Sensitive(plain) => Some(encrypt.encrypt(plain)?),
        Shape::Text(text) | Shape::Number(text) => Some(text.to_owned()),
        Shape::Integer(number) => Some(number.to_string()),
        Shape::Boolean(flag) => Some(flag.to_string()),
        Shape::Absent | Shape::List(_) | Shape::Object(_) | Shape::Json(_) => None,
    })
}

/// A field as it stands in the query: the items of a list are joined by commas, as the official pages do, and an empty
/// list is left out.
pub(crate) fn query<E: Encrypt>(
    field: &Field<'_>,
    encrypt: &mut E,
) -> Result<Option<String>, E::Error> {
    match field.value {
        Shape::Absent => Ok(None),
        value if field.rule.json.is_some() => json_text(value, encrypt).map(Some),
        Shape::List(list) if list.is_empty() => Ok(None),
        Shape::List(list) => {
            let items = (0..list.len()).map(|index| text(list.item(index), encrypt));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            Ok(Some(items.into_iter().flatten().collect::<Vec<_>>().join(",")))
        }
        value => text(value, encrypt),
    }
}

struct Writer<'e, E> {
    out: Vec<u8>,
    encrypt: &'e mut E,
}

impl<E: Encrypt> Writer<'_, E> {
    fn object<'f, 'a: 'f>(
        &mut self,
        fields: impl IntoIterator<Item = &'f Field<'a>>,
    ) -> Result<(), E::Error> {
        self.out.push(b'{');
        let mut first = true;
        for field in fields {
            if let Shape::Absent = field.value {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            self.string(field.name);
            self.out.push(b':');
            if field.rule.json.is_some() {
                let text = json_text(field.value, self.encrypt)?;
                self.string(&text);
            } else {
                self.value(field.value)?;
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn value(&mut self, value: Shape<'_>) -> Result<(), E::Error> {
        match value {
            Shape::Absent => self.out.extend_from_slice(b"null"),
            Shape::Text(text) => self.string(text),
            Shape::Sensitive(text) => {
                let wire = self.encrypt.encrypt(text)?;
                self.string(&wire);
            }
            Shape::Integer(number) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Shape::Number(digits) if is_json_number(digits) => {
                self.out.extend_from_slice(digits.as_bytes())
            }
            Shape::Number(text) => self.string(text),
            Shape::Boolean(flag) => {
                self.out.extend_from_slice(if flag { b"true" } else { b"false" })
            }
            Shape::List(list) => {
                self.out.push(b'[');
                for index in 0..list.len() {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    self.value(list.item(index))?;
                }
                self.out.push(b']');
            }
            Shape::Json(json) => self.out.extend_from_slice(json.as_bytes()),
            Shape::Object(object) => self.object(Fields::of_object(object).as_slice())?,
        }
        Ok(())
    }

    fn string(&mut self, text: &str) {
        // A string always has a JSON form, and writing to a Vec cannot fail.
        let _ = serde_json::to_writer(&mut self.out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Object, body, optional, required};
    use super::*;

    struct Reverse;
    impl Encrypt for Reverse {
        type Error = std::convert::Infallible;
        fn encrypt(&mut self, plain: &str) -> Result<String, Self::Error> {
            Ok(plain.chars().rev().collect())
        }
    }

    struct Sample {
        name: super::super::Sensitive<String>,
        tags: Vec<String>,
        left_out: Option<String>,
        total: i64,
        days: Vec<String>,
    }
    impl Object for Sample {
        fn fields(&self) -> Vec<Field<'_>> {
            vec![
                body("name", &self.name, required()),
                body("tags", &self.tags, required()),
                body("left_out", &self.left_out, optional()),
                body("total", &self.total, required()),
                body("days", &self.days, required().json()),
            ]
        }
    }

    #[test]
    fn writes_fields_in_order_without_absent_ones_and_leaves_plain_text_alone() {
        let sample = Sample {
            name: "abc".into(),
            tags: vec!["\"\n".into(), "中".into()],
            left_out: None,
            total: i64::MAX,
            days: vec!["\"".into()],
        };
        for _ in 0..2 {
            let json = object(Fields::of_object(&sample).as_slice(), &mut Reverse).unwrap();
            let text = String::from_utf8(json).unwrap();
            assert_eq!(
                text,
                r#"{"name":"cba","tags":["\"\n","中"],"total":9223372036854775807,"days":"[\"\\\"\"]"}"#
            );
        }
        assert_eq!(sample.name.expose(), "abc");
    }
}
