//! Parts of a product: its own file, and each of its resources. Each becomes a folder of modules.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::ident;
use crate::model::{Enumeration, Object, Operation, Product, ResourceId, Texts};

/// A product's own file (`resource` is `None`), or one of its resources.
#[derive(Clone, Copy)]
pub(super) struct Part<'m> {
    pub(super) product: &'m Product,
    pub(super) resource: Option<ResourceId>,
}

impl<'m> Part<'m> {
    /// The product's own file, then its resources.
    pub(super) fn all(product: &'m Product) -> impl Iterator<Item = Self> {
        let resources = (0..product.resources.len()).map(|index| Some(ResourceId(index)));
        std::iter::once(None).chain(resources).map(move |resource| Self { product, resource })
    }

    pub(super) fn is_head(self) -> bool {
        self.resource.is_none()
    }

    /// The name of its module.
    pub(super) fn module(self) -> &'m str {
        self.resource.map_or(&self.product.module, |id| &self.product.resources[id.0].name.rust)
    }

    /// Its folder below `src/`.
    pub(super) fn folder(self) -> String {
        if self.is_head() {
            self.module().to_owned()
        } else {
            format!("{}/{}", self.product.module, self.module())
        }
    }

    pub(super) fn texts(self) -> &'m Texts {
        self.resource.map_or(&self.product.texts, |id| &self.product.resources[id.0].texts)
    }

    pub(super) fn operations(self) -> impl Iterator<Item = &'m Operation> {
        self.product.operations.iter().filter(move |item| item.resource == self.resource)
    }

    pub(super) fn objects(self) -> impl Iterator<Item = &'m Object> {
        self.product.objects.iter().filter(move |item| item.resource == self.resource)
    }

    pub(super) fn enums(self) -> impl Iterator<Item = &'m Enumeration> {
        self.product.enums.iter().filter(move |item| item.resource == self.resource)
    }

    /// Whether it has operations or types of its own; the file of a product with resources may have none.
    pub(super) fn has_items(self) -> bool {
        self.operations().next().is_some()
            || self.objects().next().is_some()
            || self.enums().next().is_some()
    }

    /// Those types of other parts that `items` name, to be imported from the product's module, which has them all.
    fn foreign(self, items: &TokenStream) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        if self.product.resources.is_empty() {
            return named;
        }
        let objects = self.product.objects.iter().filter(|item| item.resource != self.resource);
        let enums = self.product.enums.iter().filter(|item| item.resource != self.resource);
        let elsewhere: BTreeSet<String> = objects
            .flat_map(|object| [object.name.clone(), format!("{}Optional", object.name)])
            .chain(enums.map(|enumeration| enumeration.name.clone()))
            .collect();
        collect(items, &elsewhere, &mut named);
        named
    }

    /// The import of other parts' types in `types.rs`, `wire.rs` and `examples.rs`; `also` says what else they want of
    /// the product's module.
    pub(super) fn imports(self, items: &TokenStream, also: Option<&str>) -> TokenStream {
        let mut names = self.foreign(items);
        names.extend(also.map(ToOwned::to_owned));
        let place = if self.is_head() {
            quote! { super }
        } else {
            quote! { super::super }
        };
        import(&place, &names)
    }

    /// The import of the handle and of other parts' types in a resource's `mod.rs`.
    pub(super) fn imports_of_module(self, items: &TokenStream) -> TokenStream {
        let mut names = self.foreign(items);
        names.insert(self.product.handle.clone());
        import(&quote! { super }, &names)
    }
}

fn import(place: &TokenStream, names: &BTreeSet<String>) -> TokenStream {
    let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
    match names.as_slice() {
        [] => TokenStream::new(),
        [name] => quote! { use #place::#name; },
        names => quote! { use #place::{#(#names),*}; },
    }
}

/// The names among `items`. What stands behind `::` is a member of something else: a variant may be called like a type.
fn collect(items: &TokenStream, names: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    let mut colons = 0;
    for token in items.clone() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                continue;
            }
            TokenTree::Group(group) => collect(&group.stream(), names, found),
            TokenTree::Ident(ident) if colons < 2 => {
                found.extend(names.get(&ident.to_string()).cloned());
            }
            _ => {}
        }
        colons = 0;
    }
}
