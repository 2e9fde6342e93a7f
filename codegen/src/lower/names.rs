//! Names: what the schema may call things, and what Rust calls them.

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::verbs;
use crate::model::Name;

/// Every keyword of the 2024 edition, reserved ones included.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Type names that generated code, or every Rust program, uses for something else.
const TAKEN_TYPES: [&str; 35] = [
    "Binary",
    "Box",
    "BrandClient",
    "Call",
    "Client",
    "Clone",
    "Core",
    "Debug",
    "Decimal",
    "Decode",
    "Default",
    "Display",
    "Err",
    "Error",
    "Fields",
    "From",
    "Host",
    "Into",
    "Json",
    "Mismatch",
    "None",
    "Object",
    "Ok",
    "Operation",
    "Option",
    "OverseasClient",
    "Request",
    "Result",
    "Self",
    "Secret",
    "Sensitive",
    "Some",
    "String",
    "Unrecognized",
    "Vec",
];

/// Modules, methods and features of the generated crate, which a product must not hide or double.
const TAKEN_PRODUCTS: [&str; 19] = [
    "actix_web",
    "axum",
    "brand_client",
    "client",
    "default",
    "examples",
    "full",
    "hosts",
    "new",
    "overseas_client",
    "pay_params",
    "request",
    "reqwest",
    "reqwest_client",
    "runtime",
    "shangmi",
    "test_util",
    "webhooks",
    "wire",
];

/// Length beyond which nobody would say a name aloud.
const MAX_LENGTH: usize = 40;

/// What an import writes where a person has to find a name.
pub(crate) const DRAFT: &str = "NAME_ME";

/// What is wrong with a name, and how to mend it.
pub(crate) type Refusal = (String, String);

/// The Rust name of a field: snake case, a trailing `_` on keywords.
pub(crate) fn field(wire: &str) -> Result<Name, Refusal> {
    let rust = escape(wire.to_snake_case());
    if is_snake(rust.trim_end_matches('_')) {
        Ok(Name { wire: wire.to_owned(), rust })
    } else {
        Err((
            format!("`{wire}` makes no Rust name"),
            "give one with `rust: name_in_snake_case`".to_owned(),
        ))
    }
}

/// A name given with `rust:`.
pub(crate) fn given_field(wire: &str, rust: &str) -> Result<Name, Refusal> {
    if is_snake(rust) {
        Ok(Name { wire: wire.to_owned(), rust: escape(rust.to_owned()) })
    } else {
        Err((format!("`{rust}` is not in snake case"), "write it like `tax_amount`".to_owned()))
    }
}

/// The name of an operation.
pub(crate) fn operation(name: &str) -> Result<Name, Refusal> {
    check_draft(name)?;
    if !is_snake(name) {
        return Err((
            format!("`{name}` is not in snake case"),
            "write a verb first, like `get_driver`".to_owned(),
        ));
    }
    check_length(name)?;
    verbs::check(name)?;
    Ok(Name { wire: name.to_owned(), rust: escape(name.to_owned()) })
}

/// The name of an object or enumeration.
pub(crate) fn type_name(name: &str) -> Result<(), Refusal> {
    check_draft(name)?;
    check_length(name)?;
    if name != name.to_upper_camel_case() {
        let help = format!("write it like `{}`", name.to_upper_camel_case());
        return Err((format!("`{name}` is not in Pascal case"), help));
    }
    if verbs::ends_in_number(&name.to_snake_case()) {
        return Err((
            format!("`{name}` ends in a number, which says nothing"),
            "say what sets it apart".to_owned(),
        ));
    }
    if TAKEN_TYPES.contains(&name) {
        return Err((
            format!("`{name}` already means something else in generated code"),
            "say more exactly what it is".to_owned(),
        ));
    }
    Ok(())
}

/// The variant of an enumeration's value.
pub(crate) fn variant(wire: &str) -> Result<Name, Refusal> {
    let rust = wire.to_upper_camel_case();
    if is_pascal(&rust) && rust != "Unrecognized" && rust != "Self" {
        Ok(Name { wire: wire.to_owned(), rust })
    } else {
        Err((
            format!("`{wire}` makes no variant name"),
            "give one with `rust: VariantName`".to_owned(),
        ))
    }
}

/// A variant given with `rust:`.
pub(crate) fn given_variant(wire: &str, rust: &str) -> Result<Name, Refusal> {
    if is_pascal(rust)
        && rust == rust.to_upper_camel_case()
        && !matches!(rust, "Unrecognized" | "Self")
    {
        Ok(Name { wire: wire.to_owned(), rust: rust.to_owned() })
    } else {
        Err((
            format!("`{rust}` cannot be a variant"),
            "write it like `InOperation`; `Unrecognized` and `Self` are taken".to_owned(),
        ))
    }
}

/// Feature, module and handle of a product.
pub(crate) fn product(name: &str) -> Result<(String, String), Refusal> {
    let module = name.replace('-', "_");
    if name.contains('_') || !is_snake(&module) {
        return Err((
            format!("`{name}` is not in kebab case"),
            "write it like `taxi-invoice`".to_owned(),
        ));
    }
    if TAKEN_PRODUCTS.contains(&module.as_str()) || KEYWORDS.contains(&module.as_str()) {
        return Err((
            format!("a product cannot be called `{name}`"),
            "choose another name".to_owned(),
        ));
    }
    // `Refund` is the product's to call the thing itself by.
    let handle = format!("{}Api", module.to_upper_camel_case());
    Ok((module, handle))
}

/// The module of a resource; it is private, so a keyword only gets a trailing `_`.
pub(crate) fn resource(name: &str) -> Result<Name, Refusal> {
    let module = name.replace('-', "_");
    if name.contains('_') || !is_snake(&module) {
        return Err((
            format!("`{name}` is not in kebab case"),
            "write it like `taxi-invoice`".to_owned(),
        ));
    }
    if matches!(name, "types" | "wire" | "examples") {
        return Err((
            format!("a resource cannot be called `{name}`: the product has a module of that name"),
            "choose another name".to_owned(),
        ));
    }
    Ok(Name { wire: name.to_owned(), rust: escape(module) })
}

/// The constant of a host.
pub(crate) fn host(name: &str) -> Result<Name, Refusal> {
    if is_snake(name) {
        Ok(Name { wire: name.to_owned(), rust: name.to_ascii_uppercase() })
    } else {
        Err((format!("`{name}` is not in snake case"), "write it like `mainland`".to_owned()))
    }
}

/// `get_driver` -> `GetDriver`.
pub(crate) fn pascal(snake: &str) -> String {
    snake.to_upper_camel_case()
}

fn check_draft(name: &str) -> Result<(), Refusal> {
    if name.starts_with(DRAFT) {
        return Err((
            format!("`{name}` is a draft of an import"),
            "give it a name of its own, and check what else the import wrote".to_owned(),
        ));
    }
    Ok(())
}

fn check_length(name: &str) -> Result<(), Refusal> {
    if name.len() > MAX_LENGTH {
        return Err((
            format!("`{name}` has {} characters; nobody says that aloud", name.len()),
            format!("find a name of at most {MAX_LENGTH}"),
        ));
    }
    Ok(())
}

fn escape(mut name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

fn is_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_snake_case_and_keywords_get_an_underscore() {
        let cases = [
            ("plate_number", "plate_number"),
            ("type", "type_"),
            ("self", "self_"),
            ("gen", "gen_"),
            ("Self", "self_"),
            ("openID", "open_id"),
            ("sub-mchid", "sub_mchid"),
            ("Idempotency-Key", "idempotency_key"),
        ];
        for (wire, rust) in cases {
            assert_eq!(field(wire).map(|name| name.rust), Ok(rust.to_owned()), "{wire}");
        }
        for wire in ["", "2fa", "名称", "$x ", "_"] {
            assert!(wire == "$x " || field(wire).is_err(), "{wire}");
        }
    }

    #[test]
    fn variants_need_a_letter_first() {
        assert_eq!(variant("IN_OPERATION").map(|name| name.rust), Ok("InOperation".to_owned()));
        assert!(variant("1").is_err());
        assert!(variant("UNRECOGNIZED").is_err());
        assert!(variant("SELF").is_err());
    }

    #[test]
    fn a_product_cannot_hide_a_method_or_double_a_feature_of_the_client() {
        assert_eq!(
            product("taxi-invoice").map(|(module, _)| module),
            Ok("taxi_invoice".to_owned())
        );
        for name in
            ["request", "pay-params", "full", "reqwest", "reqwest-client", "test-util", "type"]
        {
            assert!(product(name).is_err(), "{name}");
        }
    }

    #[test]
    fn types_are_said_aloud() {
        assert_eq!(type_name("FapiaoItem"), Ok(()));
        for name in ["fapiao_item", "Amount2", "Option", "String", &"Long".repeat(20)] {
            assert!(type_name(name).is_err(), "{name}");
        }
    }
}
