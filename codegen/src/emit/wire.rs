//! How types stand on the wire: the fields of a request, with their rules, and how responses are read.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{
    docs, enumeration, expect_deprecated, ident,
    object::{self, Layout, is_required},
    part::Part,
};
use crate::model::{
    Api, Computed, Digest, Field, Format, Object, Operation, Padding, Place, Presence, Product,
    Span, Type,
};

/// All implementations of a part.
pub(super) fn items(api: &Api, part: Part<'_>) -> TokenStream {
    let product = part.product;
    let requests = part.operations().map(|operation| request(api, product, operation));
    let objects = part.objects().map(|object| {
        let sent = object.sent.then(|| sent(product, object));
        let received = object.received.then(|| received(object));
        quote! { #sent #received }
    });
    let enums = part.enums().map(enumeration::wire);
    let items = quote! { #(#requests)* #(#objects)* #(#enums)* };
    let (runtime, imports) = (runtime(part), part.imports(&items, None));
    quote! { use super::types::*; #imports use wechatpay_runtime::wire::{self, #(#runtime),*}; #items }
}

/// The runtime's functions that the tables of fields call.
fn runtime(part: Part<'_>) -> Vec<proc_macro2::Ident> {
    let sent = part.objects().filter(|object| object.sent).flat_map(|object| &object.fields);
    let fields = part.operations().flat_map(|operation| &operation.fields).chain(sent);
    let functions: BTreeSet<&str> = fields
        .flat_map(|field| {
            [place(field.place), if is_required(field) { "required" } else { "optional" }]
        })
        .collect();
    functions.into_iter().map(ident).collect()
}

/// The function that makes a field of this place.
fn place(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Body => "body",
        Place::Meta => "meta",
        Place::Form => "form",
    }
}

fn request(api: &Api, product: &Product, operation: &Operation) -> TokenStream {
    let name = ident(&operation.request);
    let expect = expect_deprecated(&operation.fields);
    let lines = operation.fields.iter().map(|field| {
        let place = ident(place(field.place));
        let (wire, rule) = (&field.name.wire, rule(product, &operation.fields, field, true));
        let value = value(field, true);
        quote! { #place(#wire, #value, #rule) }
    });
    let upload = operation.upload.as_ref().map(|_| {
        quote! {
            fn upload(&self) -> Option<&wire::UploadFile> {
                Some(&self.file)
            }
        }
    });
    let host = &api.hosts[operation.host];
    let padding = (host.padding != Padding::Oaep).then(|| {
        let host = ident(&host.name.rust);
        quote! {
            fn padding(&self) -> wire::Padding {
                crate::hosts::#host.padding
            }
        }
    });
    quote! {
        impl #name {
            /// Checks every field against its rule. A call does this before it signs.
            ///
            /// # Errors
            /// All violations, each with the field's path, the rule, its limit and the actual size.
            pub fn validate(&self) -> Result<(), wire::Violations> {
                wire::validate(self)
            }
        }
        impl wire::Request for #name {
            #expect
            fn fields(&self) -> Vec<wire::Field<'_>> {
                Vec::from([#(#lines),*])
            }
            #upload
            #padding
        }
    }
}

fn sent(product: &Product, object: &Object) -> TokenStream {
    let name = ident(&object.name);
    let expect = expect_deprecated(&object.fields);
    let split = object::layout(object) == Layout::Split;
    let lines = object.fields.iter().map(|field| {
        let (wire, rule) = (&field.name.wire, rule(product, &object.fields, field, split));
        let value = value(field, split);
        quote! { body(#wire, #value, #rule) }
    });
    quote! {
        impl wire::Object for #name {
            #expect
            fn fields(&self) -> Vec<wire::Field<'_>> {
                Vec::from([#(#lines),*])
            }
        }
        impl wire::Value for #name {
            fn shape(&self) -> wire::Shape<'_> {
                wire::Shape::Object(self)
            }
        }
    }
}

/// Where a field's value is; `split` says whether optional ones lie in `optional`.
fn value(field: &Field, split: bool) -> TokenStream {
    match &field.computed {
        Some(Computed::Constant(text)) => quote! { #text },
        Some(Computed::FileName) => quote! { self.file.name() },
        Some(Computed::Digest(Digest::Sha256)) => quote! { self.file.sha256() },
        Some(Computed::Digest(Digest::Sm3)) => quote! { self.file.sm3() },
        None => {
            let access = access(field, split);
            quote! { &#access }
        }
    }
}

fn access(field: &Field, split: bool) -> TokenStream {
    let name = ident(&field.name.rust);
    if split && !is_required(field) {
        quote! { self.optional.#name }
    } else {
        quote! { self.#name }
    }
}

fn rule(product: &Product, siblings: &[Field], field: &Field, split: bool) -> TokenStream {
    let mut rule = if is_required(field) {
        quote! { required() }
    } else {
        quote! { optional() }
    };
    let mut ty = &field.ty;
    if let Type::Json { value, length } = ty {
        rule.extend(quote! { .json() });
        rule.extend(limits(*length, "min_json_chars", "max_json_chars"));
        ty = value;
    }
    if let Type::List { item, count } = ty {
        rule.extend(limits(*count, "min_items", "max_items"));
        ty = item;
    }
    match ty {
        Type::Text { length, format, pattern, .. } => {
            rule.extend(limits(*length, "min_chars", "max_chars"));
            rule.extend(format.map(|format| {
                let variant = ident(match format {
                    Format::DateTime => "DateTime",
                    Format::Date => "Date",
                    Format::CompactDate => "CompactDate",
                    Format::Url => "Url",
                    Format::NotifyUrl => "NotifyUrl",
                    Format::Base64 => "Base64",
                });
                quote! { .format(wire::Format::#variant) }
            }));
            rule.extend(pattern.as_ref().map(|pattern| quote! { .pattern(#pattern) }));
        }
        Type::Integer(range) => rule.extend(limits(*range, "min", "max")),
        Type::Decimal | Type::Boolean | Type::Object(_) | Type::Enum(_) | Type::Any => {}
        Type::List { .. } | Type::Json { .. } => {}
    }
    if let Presence::RequiredWhen { field: sibling, values } = &field.presence {
        let because = docs::condition(sibling, values);
        let condition = condition(product, field.sibling(siblings, sibling), values, split);
        rule.extend(quote! { .required_when(#condition, #because) });
    }
    rule
}

fn limits(span: Span, min: &str, max: &str) -> TokenStream {
    let limit = |name: &str, bound: Option<i64>| {
        bound.map(|bound| {
            let (name, bound) = (ident(name), Literal::i64_unsuffixed(bound));
            quote! { .#name(#bound) }
        })
    };
    let (min, max) = (limit(min, span.min), limit(max, span.max));
    quote! { #min #max }
}

/// Whether the sibling has one of the values.
fn condition(
    product: &Product,
    sibling: Option<&Field>,
    values: &[String],
    split: bool,
) -> TokenStream {
    let Some(field) = sibling else { return quote! { false } };
    let place = access(field, split);
    let patterns = values.iter().map(|value| match &field.ty {
        Type::Enum(id) => {
            let enumeration = product.enumeration(*id);
            let known = enumeration.values.iter().find(|known| known.name.wire == *value);
            let (name, variant) = (
                ident(&enumeration.name),
                ident(known.map_or("Unrecognized", |known| &known.name.rust)),
            );
            quote! { #name::#variant }
        }
        _ => quote! { #value },
    });
    let subject = match (&field.ty, is_required(field)) {
        (Type::Enum(_), true) => quote! { #place },
        (Type::Enum(_), false) => quote! { &#place },
        (_, true) => quote! { #place.as_str() },
        (_, false) => quote! { #place.as_deref() },
    };
    if is_required(field) {
        quote! { matches!(#subject, #(#patterns)|*) }
    } else {
        quote! { matches!(#subject, Some(#(#patterns)|*)) }
    }
}

fn received(object: &Object) -> TokenStream {
    let name = ident(&object.name);
    let expect = expect_deprecated(&object.fields);
    let read = |field: &Field| {
        let (rust, wire) = (ident(&field.name.rust), &field.name.wire);
        if matches!(field.ty, Type::Json { .. }) {
            quote! { #rust: object.json_field(#wire)?, }
        } else {
            quote! { #rust: object.field(#wire)?, }
        }
    };
    let members = if object::layout(object) == Layout::Split {
        let required = object.fields.iter().filter(|field| is_required(field)).map(read);
        let optional = object.fields.iter().filter(|field| !is_required(field)).map(read);
        let part = format_ident!("{name}Optional");
        quote! { #(#required)* optional: #part { #(#optional)* }, }
    } else {
        let fields = object.fields.iter().map(read);
        quote! { #(#fields)* }
    };
    quote! {
        impl wire::Decode for #name {
            #expect
            fn decode(json: wire::Json<'_>) -> Result<Self, wire::Mismatch> {
                let object = json.object()?;
                Ok(Self { #members })
            }
        }
    }
}
