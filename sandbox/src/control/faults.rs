//! Faults: arming and disarming them.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    answers::{Answered, Json, object},
    text,
};
use crate::{
    gateway::Gateway,
    notation::{self, FAULTS},
    refusal::Refusal,
    scenario::Scenario,
};

/// `GET /sandbox/faults`: those that wait, and all there are.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>) -> Answered {
    let armed: Vec<Value> = gateway.faults().waiting().iter().map(notation::write).collect();
    let known: Vec<Value> =
        FAULTS.iter().map(|(name, fields)| json!({ "fault": name, "fields": fields })).collect();
    Ok(Json(json!({ "armed": armed, "known": known })))
}

/// `POST /sandbox/faults` with a fault; the answer tells its id.
pub(super) async fn arm(State(gateway): State<Arc<Gateway>>, body: Body) -> Answered {
    let written = object(&text(body).await?)?;
    let read = notation::read(&written, &|name| gateway.routes().knows(name));
    let mut arming = read.map_err(|problem| {
        Refusal::new(400, "PARAM_ERROR", problem.to_string()).at(&problem.field)
    })?;
    arming.id = gateway.faults().arm(arming.clone());
    Ok(Json(notation::write(&arming)))
}

/// `DELETE /sandbox/faults`
pub(super) async fn clear(State(gateway): State<Arc<Gateway>>) -> Answered {
    gateway.faults().clear();
    Ok(Json(json!({ "armed": [] })))
}

/// `DELETE /sandbox/faults/{id}`
pub(super) async fn disarm(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Answered {
    let disarmed = id.parse().is_ok_and(|id| gateway.faults().disarm(id));
    if disarmed {
        return Ok(Json(json!({ "disarmed": id })));
    }
    Err(Refusal::new(
        404,
        "NOT_FOUND",
        "no fault of this id waits; it has come already, or never was armed",
    ))
}

/// `POST /sandbox/scenario` with the YAML of a scenario.
pub(super) async fn scenario(State(gateway): State<Arc<Gateway>>, body: Body) -> Answered {
    let text = text(body).await?;
    let read = Scenario::read("scenario", &text, &|name| gateway.routes().knows(name));
    let scenario = read.map_err(|error| Refusal::new(400, "PARAM_ERROR", error.to_string()))?;
    let armed = gateway.play(scenario)?;
    Ok(Json(json!({ "armed": armed })))
}
