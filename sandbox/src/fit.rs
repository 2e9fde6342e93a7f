//! Makes what a handler tells fit the schema: nothing that an object does not have, everything that it must have.

use serde_json::{Map, Value};
use wechatpay_codegen::model::{Field, ObjectId, Presence, Product, Type};

/// The object `id` with what is told of it. What it must have, and nobody told, gets its example; the rest is left out.
pub(crate) fn object(
    product: &Product,
    id: ObjectId,
    told: &Map<String, Value>,
) -> Map<String, Value> {
    let member = |field: &Field| {
        let told = told.get(&field.name.wire).and_then(|told| value(product, &field.ty, told));
        Some((field.name.wire.clone(), told.or_else(|| needed(product, field))?))
    };
    product.object(id).fields.iter().filter_map(member).collect()
}

fn needed(product: &Product, field: &Field) -> Option<Value> {
    match field.presence {
        Presence::Required | Presence::Expected => product.example(field),
        Presence::Optional | Presence::RequiredWhen { .. } => None,
    }
}

/// The value, if it is of the type; what is in it, as far as it is.
fn value(product: &Product, ty: &Type, told: &Value) -> Option<Value> {
    match (ty, told) {
        (_, Value::Null) => None,
        (Type::Object(id), Value::Object(told)) => Some(object(product, *id, told).into()),
        (Type::List { item, .. }, Value::Array(items)) => {
            Some(items.iter().filter_map(|told| value(product, item, told)).collect())
        }
        (Type::Enum(id), Value::Number(_)) => {
            product.enumeration(*id).integer.then(|| told.clone())
        }
        (Type::Enum(id), Value::String(_)) => {
            (!product.enumeration(*id).integer).then(|| told.clone())
        }
        (Type::Text { .. } | Type::Json { .. }, Value::String(_))
        | (Type::Integer(_) | Type::Decimal, Value::Number(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Any, _) => Some(told.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema;

    /// What the schema's refund notification makes of `told`.
    fn refund(told: &Value) -> Map<String, Value> {
        let api = schema::embedded().unwrap();
        let event = api.webhooks.event("REFUND.SUCCESS").unwrap();
        object(&api.webhooks.types, event.payloads[0].object, told.as_object().unwrap())
    }

    #[test]
    fn what_is_told_is_kept_what_is_missing_is_filled_in_and_what_is_too_much_is_left_out() {
        let told = json!({
            "out_refund_no": "R1",
            "amount": { "refund": 7, "unheard_of": 1 },
            "sub_mchid": null,
            "transaction_id": 12,
            "unheard_of": true,
        });
        let refund = refund(&told);
        assert_eq!(refund["out_refund_no"], "R1");
        assert_eq!(refund["amount"]["refund"], 7);
        assert!(refund["amount"]["total"].is_i64() && refund["amount"].get("unheard_of").is_none());
        assert!(refund["transaction_id"].is_string(), "a value of another type is none");
        assert!(!refund.contains_key("sub_mchid") && !refund.contains_key("unheard_of"));
    }
}
