//! What becomes of refunds and transfers: by themselves from now on, or one of them now.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    answers::{Answered, Json, object},
    books::act,
    text,
};
use crate::{
    RefundOutcome,
    business::{self, Outcomes, Refund},
    gateway::Gateway,
    notation,
    refusal::Refusal,
};

/// `GET /sandbox/outcomes`
pub(super) async fn show(State(gateway): State<Arc<Gateway>>) -> Answered {
    Ok(Json(shown(gateway.office().outcomes())))
}

/// `POST /sandbox/outcomes` with `{"refunds": WORD, "transfers": WORD}`, or one of them.
pub(super) async fn set(State(gateway): State<Arc<Gateway>>, body: Body) -> Answered {
    let written = object(&text(body).await?)?;
    let mut outcomes = gateway.office().outcomes();
    for (name, value) in &written {
        notation::read_outcome(name, value, &mut outcomes).map_err(|problem| {
            Refusal::new(400, "PARAM_ERROR", problem.to_string()).at(&problem.field)
        })?;
    }
    gateway.office().set_outcomes(|kept| *kept = outcomes);
    Ok(Json(shown(outcomes)))
}

/// `POST /sandbox/refunds/{id}/succeed`
pub(super) async fn succeed(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    settle(&gateway, &id, RefundOutcome::Success)
}

/// `POST /sandbox/refunds/{id}/abnormal`
pub(super) async fn abnormal(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    settle(&gateway, &id, RefundOutcome::Abnormal)
}

/// `POST /sandbox/refunds/{id}/close`
pub(super) async fn close(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Answered {
    settle(&gateway, &id, RefundOutcome::Closed)
}

pub(super) fn shown(outcomes: Outcomes) -> Value {
    json!({
        "refunds": outcomes.refunds.as_str().to_ascii_lowercase(),
        "transfers": outcomes.transfers.as_str().to_ascii_lowercase(),
    })
}

fn settle(gateway: &Arc<Gateway>, id: &str, outcome: RefundOutcome) -> Answered {
    let entry = act(gateway, |desk| business::settle_refund(desk, id, outcome))?;
    Ok(Json(Refund::new(&entry).to_json()))
}
