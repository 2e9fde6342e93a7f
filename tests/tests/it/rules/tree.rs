//! A request as data of its own: the fields, rules and values that a generated type tells, free to be changed.

use wechatpay_client::wire::{
    Field, List, Object, Padding, Place, Request, Rule, Shape, UploadFile, Value,
};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Absent,
    Text(String),
    Sensitive(String),
    Integer(i64),
    Number(String),
    Boolean(bool),
    List(Items),
    Object(Nodes),
    Json(String),
}

/// The items of a list.
#[derive(Clone, Debug)]
pub(super) struct Items(pub(super) Vec<Tree>);

/// The fields of an object or request.
#[derive(Clone, Debug)]
pub(super) struct Nodes(pub(super) Vec<Node>);

/// A field, with the rule that the generated table has for it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) value: Tree,
}

/// A whole request. It validates and travels like the one it was made from.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) fields: Nodes,
    file: Option<UploadFile>,
    padding: Padding,
}

/// A step towards a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// To the field of this number.
    Member(usize),
    /// To the first item.
    First,
}

impl Snapshot {
    pub(super) fn of(request: &dyn Request) -> Self {
        Self {
            fields: Nodes::of(request.fields()),
            file: request.upload().cloned(),
            padding: request.padding(),
        }
    }

    /// The same with nothing in it but the value at `steps` and what leads there, and the steps that do.
    pub(super) fn alone(&self, steps: &[Step]) -> (Self, Vec<Step>) {
        let fields = self.fields.alone(steps);
        let steps = steps.iter().map(|step| match step {
            Step::Member(_) => Step::Member(0),
            Step::First => Step::First,
        });
        (Self { fields, file: None, padding: self.padding }, steps.collect())
    }

    /// Puts a value in place of another, which it gives back.
    pub(super) fn replace(&mut self, steps: &[Step], value: Tree) -> Tree {
        std::mem::replace(self.at(steps), value)
    }

    pub(super) fn at(&mut self, steps: &[Step]) -> &mut Tree {
        let Some((Step::Member(first), rest)) = steps.split_first() else {
            panic!("{steps:?} does not begin at a field")
        };
        rest.iter().fold(&mut self.fields.0[*first].value, |value, step| match (value, step) {
            (Tree::Object(nodes), Step::Member(index)) => &mut nodes.0[*index].value,
            (Tree::List(items), Step::First) => &mut items.0[0],
            (value, step) => panic!("{step:?} does not lead into {value:?}"),
        })
    }
}

impl Nodes {
    fn of(fields: Vec<Field<'_>>) -> Self {
        let node = |field: Field<'_>| {
            let Field { place, name, value, rule } = field;
            Node { place, name, rule, value: Tree::of(value) }
        };
        Self(fields.into_iter().map(node).collect())
    }

    fn alone(&self, steps: &[Step]) -> Self {
        let Some((Step::Member(first), rest)) = steps.split_first() else {
            panic!("{steps:?} does not begin at a field")
        };
        let Node { place, name, rule, value } = &self.0[*first];
        let value = match (value, rest) {
            (Tree::Object(nodes), [_, ..]) => Tree::Object(nodes.alone(rest)),
            (Tree::List(Items(items)), [Step::First, rest @ ..]) => match &items[0] {
                Tree::Object(nodes) => {
                    Tree::List(Items(vec![Tree::Object(nodes.alone(rest)); items.len()]))
                }
                item => panic!("{rest:?} does not lead into {item:?}"),
            },
            (value, _) => value.clone(),
        };
        Self(vec![Node { place: *place, name, rule: *rule, value }])
    }
}

impl Tree {
    fn of(shape: Shape<'_>) -> Self {
        match shape {
            Shape::Absent => Self::Absent,
            Shape::Text(text) => Self::Text(text.to_owned()),
            Shape::Sensitive(text) => Self::Sensitive(text.to_owned()),
            Shape::Integer(number) => Self::Integer(number),
            Shape::Number(digits) => Self::Number(digits.to_owned()),
            Shape::Boolean(flag) => Self::Boolean(flag),
            Shape::List(list) => {
                Self::List(Items((0..list.len()).map(|index| Self::of(list.item(index))).collect()))
            }
            Shape::Object(object) => Self::Object(Nodes::of(object.fields())),
            Shape::Json(json) => Self::Json(json.to_owned()),
            other => panic!("a shape that tests do not know: {other:?}"),
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The text of a string, encrypted or not.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Sensitive(text) => Some(text),
            _ => None,
        }
    }
}

impl Value for Tree {
    fn shape(&self) -> Shape<'_> {
        match self {
            Self::Absent => Shape::Absent,
            Self::Text(text) => Shape::Text(text),
            Self::Sensitive(text) => Shape::Sensitive(text),
            Self::Integer(number) => Shape::Integer(*number),
            Self::Number(digits) => Shape::Number(digits),
            Self::Boolean(flag) => Shape::Boolean(*flag),
            Self::List(items) => Shape::List(items),
            Self::Object(nodes) => Shape::Object(nodes),
            Self::Json(json) => Shape::Json(json),
        }
    }
}

impl List for Items {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn item(&self, index: usize) -> Shape<'_> {
        self.0.get(index).map_or(Shape::Absent, Value::shape)
    }
}

impl Object for Nodes {
    fn fields(&self) -> Vec<Field<'_>> {
        let fields = self.0.iter().map(|Node { place, name, rule, value }| Field {
            place: *place,
            name,
            value: value.shape(),
            rule: *rule,
        });
        fields.collect()
    }
}

impl Request for Snapshot {
    fn fields(&self) -> Vec<Field<'_>> {
        Object::fields(&self.fields)
    }

    fn upload(&self) -> Option<&UploadFile> {
        self.file.as_ref()
    }

    fn padding(&self) -> Padding {
        self.padding
    }
}
