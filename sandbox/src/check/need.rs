//! Whether a field must be there, given what its siblings say.

use wechatpay_codegen::model::{Field, Presence};

use super::walk::{Lookup, plain};

/// Whether a field must be there, and the condition that makes it so.
pub(super) struct Need {
    pub(super) required: bool,
    pub(super) because: Option<String>,
}

impl Need {
    pub(super) fn of(field: &Field, siblings: &[Field], lookup: Lookup<'_>) -> Self {
        match &field.presence {
            Presence::Required => Self { required: true, because: None },
            // What is expected is only ever received.
            Presence::Optional | Presence::Expected => Self { required: false, because: None },
            Presence::RequiredWhen { field: name, values } => {
                let text = field.sibling(siblings, name).and_then(lookup).map(plain);
                let required = text.is_some_and(|text| values.contains(&text));
                Self { required, because: Some(format!("{name} is {}", values.join(" or "))) }
            }
        }
    }
}
