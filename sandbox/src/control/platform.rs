//! The sandbox as a whole, and the platform's certificate.

use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use super::{
    answers::{Answered, Json},
    outcomes,
};
use crate::{business::Outcomes, gateway::Gateway, refusal::Refusal, store::Kind};

/// `GET /sandbox/state`
pub(super) async fn state(State(gateway): State<Arc<Gateway>>) -> Answered {
    let count =
        |kind| gateway.office().store.work(|books| books.count(kind)).map_err(Refusal::from);
    let notices =
        gateway.office().store.work(|books| books.count_notices()).map_err(Refusal::from)?;
    let calls = gateway.calls().count();
    let faults = gateway.faults().waiting().len();
    let office = gateway.office();
    Ok(Json(json!({
        "mode": if office.examples_only { "examples" } else { "stateful" },
        "version": env!("CARGO_PKG_VERSION"),
        "time": crate::clock::rfc3339(gateway.now()),
        "mchid": gateway.keys().mchid(),
        "mch_serial": gateway.keys().mch_serial(),
        "wxp_key_id": gateway.keys().wxp_key_id(),
        "keys": office.keys_folder,
        "operations": gateway.routes().len(),
        "operation_names": gateway.routes().names(),
        "notify_to": office.post.redirect,
        "certificates": certificates(&gateway),
        "outcomes": outcomes::shown(office.outcomes()),
        "counts": {
            "calls": calls,
            "orders": count(Kind::Order)?,
            "refunds": count(Kind::Refund)?,
            "transfers": count(Kind::Transfer)?,
            "authorizations": count(Kind::Authorization)?,
            "complaints": count(Kind::Complaint)?,
            "notifications": notices,
            "faults": faults,
        },
    })))
}

/// `POST /sandbox/reset`: forgets calls, faults and books.
pub(super) async fn reset(State(gateway): State<Arc<Gateway>>) -> Answered {
    gateway.office().store.work(|books| books.clear()).map_err(Refusal::from)?;
    gateway.faults().clear();
    gateway.office().set_outcomes(|outcomes| *outcomes = Outcomes::default());
    gateway.calls().clear();
    gateway.office().live.tell("reset", &json!({}));
    state(State(gateway)).await
}

/// `POST /sandbox/certificate/announce`: lists a new one.
pub(super) async fn announce(State(gateway): State<Arc<Gateway>>) -> Answered {
    let failed =
        || Refusal::new(500, "SYSTEM_ERROR", "the key of a certificate cannot be generated");
    let maker = Arc::clone(&gateway);
    // An RSA key takes its time, and would hold up the answers to others.
    let made = tokio::task::spawn_blocking(move || maker.rotation().announce()).await;
    made.map_err(|_| failed())?.map_err(|_| failed())?;
    told(&gateway)
}

/// `POST /sandbox/certificate/switch`: lets the announced one sign.
pub(super) async fn switch(State(gateway): State<Arc<Gateway>>) -> Answered {
    gateway.rotation().switch()?;
    told(&gateway)
}

/// `POST /sandbox/certificate/retire`: lists the older ones no more.
pub(super) async fn retire(State(gateway): State<Arc<Gateway>>) -> Answered {
    gateway.rotation().retire()?;
    told(&gateway)
}

fn told(gateway: &Gateway) -> Answered {
    let certificates = certificates(gateway);
    gateway.office().live.tell("certificate", &certificates);
    Ok(Json(json!({ "certificates": certificates })))
}

fn certificates(gateway: &Gateway) -> Value {
    let signing = gateway.signing_keys().plat_serial().to_owned();
    let listed = gateway.rotation().listed();
    let shown = listed.iter().map(
        |keys| json!({ "serial": keys.plat_serial(), "signing": keys.plat_serial() == signing }),
    );
    shown.collect()
}
