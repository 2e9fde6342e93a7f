//! Every field of a request, at every depth, as the model knows it and with what leads to it in the request's tables.
//!
//! On the way a field that the example leaves out is given a value, so that a request with everything in it arises.

use std::collections::BTreeMap;

use wechatpay_client::wire;
use wechatpay_codegen::model::{Field, Operation, Place, Product, Type};

use super::{
    oracle::{self, Demand, Enclosing},
    probes,
    tree::{Items, Node, Nodes, Snapshot, Step, Tree},
};

/// A field: what it must obey, what it is called in messages, and the way to its value.
#[derive(Clone)]
pub(super) struct Site<'m> {
    pub(super) demand: Demand<'m>,
    pub(super) path: String,
    pub(super) steps: Vec<Step>,
    pub(super) enclosing: Vec<Enclosing<'m>>,
}

/// The tables of objects by name, as some example of the product has them.
pub(super) type Templates = BTreeMap<String, Nodes>;

/// Notes the tables of the objects in `nodes`.
pub(super) fn note(product: &Product, fields: &[Field], nodes: &Nodes, known: &mut Templates) {
    for (field, node) in fields.iter().zip(&nodes.0) {
        let Type::Object(id) = field.ty.leaf() else { continue };
        let object = product.object(*id);
        let within = match &node.value {
            Tree::Object(nodes) => nodes,
            Tree::List(Items(items)) => match items.first() {
                Some(Tree::Object(nodes)) => nodes,
                _ => continue,
            },
            _ => continue,
        };
        known.entry(object.name.clone()).or_insert_with(|| within.clone());
        note(product, &object.fields, within, known);
    }
}

/// Finds the sites of a request and fills it.
pub(super) struct Finder<'m, 't> {
    pub(super) product: &'m Product,
    pub(super) templates: &'t Templates,
    pub(super) max_encrypted: usize,
    /// The objects it is inside of: one that contains itself is entered once.
    pub(super) open: Vec<&'m str>,
    /// The texts it is inside of.
    pub(super) enclosing: Vec<Enclosing<'m>>,
    pub(super) found: Vec<Site<'m>>,
    /// Where table and model differ, and what could not be reached.
    pub(super) failures: Vec<String>,
}

impl<'m> Finder<'m, '_> {
    pub(super) fn request(&mut self, operation: &'m Operation, snapshot: &mut Snapshot) {
        self.fields(&operation.fields, &mut snapshot.fields, "", &[]);
    }

    fn fields(&mut self, fields: &'m [Field], nodes: &mut Nodes, prefix: &str, steps: &[Step]) {
        let told: Vec<_> = nodes.0.iter().map(|node| (node.place, node.name)).collect();
        let wanted: Vec<_> =
            fields.iter().map(|field| (place(field.place), field.name.wire.as_str())).collect();
        if told != wanted {
            self.failures.push(format!("{prefix}: the table has {told:?}, the model {wanted:?}"));
            return;
        }
        // Conditions look at the values the typed request has, so they are read before anything is filled in.
        let missing: Vec<_> = fields
            .iter()
            .map(|field| oracle::missing(field, fields, |sibling| value_of(sibling, nodes)))
            .collect();
        for (index, (field, missing)) in fields.iter().zip(missing).enumerate() {
            let path = format!("{prefix}{}", field.name.wire);
            let steps = [steps, &[Step::Member(index)]].concat();
            let (product, max_encrypted) = (self.product, self.max_encrypted);
            let demand = Demand { product, field, missing, max_encrypted };
            self.field(demand, &mut nodes.0[index], &path, &steps);
        }
    }

    fn field(&mut self, demand: Demand<'m>, node: &mut Node, path: &str, steps: &[Step]) {
        let ty = &demand.field.ty;
        if node.value.is_absent() {
            match self.filled(&demand, ty) {
                Some(value) => node.value = value,
                None if self.is_open(ty) => return,
                None => return self.failures.push(format!("{path}: no example reaches it")),
            }
        }
        if !fits(self.product, ty, &node.value) {
            self.failures.push(format!("{path}: is {:?} in Rust, unlike {ty:?}", node.value));
            return;
        }
        let (path, enclosing) = (path.to_owned(), self.enclosing.clone());
        self.found.push(Site { demand, path: path.clone(), steps: steps.to_vec(), enclosing });
        let Type::Object(id) = ty.leaf() else { return };
        let object = self.product.object(*id);
        if self.open.contains(&object.name.as_str()) {
            return;
        }
        self.open.push(&object.name);
        let within = self.enclosing.len();
        if let Type::Json { value: ty, length } = ty {
            let (length, steps) = (*length, steps.len());
            self.enclosing.push(Enclosing { path: path.clone(), steps, ty, length });
        }
        match &mut node.value {
            Tree::Object(nodes) => {
                self.fields(&object.fields, nodes, &format!("{path}."), steps);
            }
            Tree::List(Items(items)) => match items.first_mut() {
                Some(Tree::Object(nodes)) => {
                    let steps = [steps, &[Step::First]].concat();
                    self.fields(&object.fields, nodes, &format!("{path}[0]."), &steps);
                }
                _ => self.failures.push(format!("{path}: the example has no item")),
            },
            _ => {}
        }
        self.enclosing.truncate(within);
        self.open.pop();
    }

    fn is_open(&self, ty: &Type) -> bool {
        matches!(ty.leaf(), Type::Object(id) if self.open.contains(&self.product.object(*id).name.as_str()))
    }

    /// A value for what the example leaves out, by the model. Of an object it is the one that another example has.
    fn filled(&self, demand: &Demand<'m>, ty: &Type) -> Option<Tree> {
        Some(match ty {
            Type::Text { .. } => probes::plain_text(demand)?,
            Type::Integer(range) => Tree::Integer(range.min.or(range.max).unwrap_or(1)),
            Type::Decimal => Tree::Number("1".to_owned()),
            Type::Boolean => Tree::Boolean(true),
            Type::Enum(id) => {
                let enumeration = self.product.enumeration(*id);
                let value = oracle::first_value(enumeration);
                if enumeration.integer { Tree::Number(value) } else { Tree::Text(value) }
            }
            Type::Object(_) if self.is_open(ty) => return None,
            Type::Object(id) => {
                Tree::Object(self.templates.get(&self.product.object(*id).name)?.clone())
            }
            Type::List { item, count } => {
                let items = usize::try_from(count.min.unwrap_or(1).max(1)).ok()?;
                Tree::List(Items(vec![self.filled(demand, item)?; items]))
            }
            Type::Json { value, .. } => self.filled(demand, value)?,
            Type::Any => Tree::Json("{}".to_owned()),
        })
    }
}

/// The wire value of a field that a condition looks at.
fn value_of(field: &Field, nodes: &Nodes) -> Option<String> {
    let is_it = |node: &&Node| node.place == place(field.place) && node.name == field.name.wire;
    match &nodes.0.iter().find(is_it)?.value {
        Tree::Number(digits) => Some(digits.clone()),
        value => value.text().map(ToOwned::to_owned),
    }
}

/// Whether the Rust type shows what the model has.
fn fits(product: &Product, ty: &Type, value: &Tree) -> bool {
    match (ty, value) {
        (Type::Text { encrypted, .. }, value) => {
            value.text().is_some() && *encrypted == matches!(value, Tree::Sensitive(_))
        }
        (Type::Integer(_), Tree::Integer(_))
        | (Type::Decimal, Tree::Number(_))
        | (Type::Boolean, Tree::Boolean(_))
        | (Type::Object(_), Tree::Object(_))
        | (Type::Any, Tree::Json(_)) => true,
        (Type::Enum(id), value) => match value {
            Tree::Number(_) => product.enumeration(*id).integer,
            Tree::Text(_) => !product.enumeration(*id).integer,
            _ => false,
        },
        (Type::List { item, .. }, Tree::List(Items(items))) => {
            items.iter().all(|value| fits(product, item, value))
        }
        (Type::Json { value: ty, .. }, value) => fits(product, ty, value),
        _ => false,
    }
}

fn place(place: Place) -> wire::Place {
    match place {
        Place::Path => wire::Place::Path,
        Place::Query => wire::Place::Query,
        Place::Header => wire::Place::Header,
        Place::Body => wire::Place::Body,
        Place::Meta => wire::Place::Meta,
        Place::Form => wire::Place::Form,
    }
}
