//! Every notification of the schema, from the sandbox over sockets to the example servers, and everything that is none.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};
use wechatpay_client::{
    ApiV3Key, Certificate, Client, Config, Merchant, PrivateKey, PublicKey, TrustStore,
    webhooks::{MemoryReplays, Notification, Webhooks},
};
use wechatpay_sandbox::{Error, Fault, Notice, Report, Sandbox, Schedule, ShangmiKeys};

#[path = "../../examples/receive_with_actix.rs"]
mod actix;
#[path = "../../examples/receive_with_axum.rs"]
mod axum_server;
#[path = "../../examples/receive_with_hyper.rs"]
mod hyper_server;

use crate::pair;

/// A running example server, and what its handlers note.
struct Receiver {
    url: String,
    work: UnboundedReceiver<String>,
}

impl Receiver {
    async fn axum(webhooks: Webhooks) -> Self {
        let (listener, url) = listen().await;
        let (sender, work) = unbounded_channel();
        let app = axum_server::app(webhooks, sender);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, work }
    }

    async fn hyper(webhooks: Webhooks) -> Self {
        let (listener, url) = listen().await;
        let (sender, work) = unbounded_channel();
        tokio::spawn(hyper_server::serve(listener, webhooks, sender));
        Self { url, work }
    }

    async fn actix(webhooks: Webhooks) -> Self {
        let (listener, url) = listen().await;
        let listener = listener.into_std().unwrap();
        let (sender, work) = unbounded_channel();
        std::thread::spawn(move || {
            let serve = async { actix::serve(listener, webhooks, sender).unwrap().await };
            actix_web::rt::System::new().block_on(serve).unwrap();
        });
        Self { url, work }
    }

    async fn all(webhooks: &Webhooks) -> [Self; 3] {
        [
            Self::axum(webhooks.clone()).await,
            Self::hyper(webhooks.clone()).await,
            Self::actix(webhooks.clone()).await,
        ]
    }

    /// The name of the variant that the handler was given.
    fn noted(&mut self) -> Option<String> {
        let line = self.work.try_recv().ok()?;
        Some(line.split(':').next().unwrap().to_owned())
    }

    async fn post(&self, notice: &Notice) -> Report {
        notice.post(&self.url).await.unwrap()
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    (listener, url)
}

fn statuses(report: &Report) -> Vec<Option<u16>> {
    report.attempts().iter().map(|attempt| attempt.status()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn items_38_39_41_every_notification_of_the_schema_arrives_as_its_own_variant() {
    let (sandbox, client) = pair().await;
    let notifications = sandbox.notifications();
    let types: BTreeSet<_> = notifications.iter().map(|(event_type, _)| event_type).collect();
    assert!(types.len() >= 102, "{types:?}");
    for mut receiver in Receiver::all(&client.webhooks()).await {
        for (event_type, payload) in &notifications {
            let notice = sandbox.notify_of(event_type, payload).unwrap();
            for notice in [notice.clone(), notice.by_certificate()] {
                let report = receiver.post(&notice).await;
                assert!(report.complaints().is_empty(), "{:?}", report.complaints());
                assert_eq!(statuses(&report), [Some(204)], "{event_type}");
                assert_eq!(receiver.noted().as_ref(), Some(payload), "{event_type}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_29_38_42_what_is_forged_never_reaches_a_handler_and_is_answered_alike() {
    let (sandbox, client) = pair().await;
    let faults = [
        Fault::TamperedBody,
        Fault::WrongSerial,
        Fault::WrongSignature,
        Fault::WrongSignatureType,
        Fault::StaleTimestamp(301),
        Fault::FutureTimestamp(302),
        Fault::Unsigned,
        Fault::SignatureProbe,
        Fault::MissingHeader("Wechatpay-Timestamp".to_owned()),
        Fault::MissingHeader("Wechatpay-Nonce".to_owned()),
        Fault::MissingHeader("Wechatpay-Signature".to_owned()),
        Fault::MissingHeader("Wechatpay-Serial".to_owned()),
    ];
    for mut receiver in Receiver::all(&client.webhooks()).await {
        let mut answers = Vec::new();
        for (event_type, payload) in sandbox.notifications() {
            for fault in &faults {
                let notice = sandbox.notify_of(&event_type, &payload).unwrap();
                let report = receiver.post(&notice.fault(fault.clone()).unwrap()).await;
                assert!(report.complaints().is_empty(), "{fault:?}: {:?}", report.complaints());
                assert!(!report.is_received(), "{fault:?}");
                answers.push(report);
            }
        }
        assert_eq!(receiver.noted(), None);
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_38_41_what_is_genuine_but_strange_is_kept_or_an_ordinary_error() {
    let (sandbox, client) = pair().await;
    for mut receiver in Receiver::all(&client.webhooks()).await {
        let unknown = sandbox.notify_with("BRAND_NEW.THING", json!({"a": 1})).unwrap();
        assert!(receiver.post(&unknown).await.is_received());
        assert_eq!(receiver.noted().as_deref(), Some("Unparsed"));
        let misfit = sandbox.notify("REFUND.SUCCESS").unwrap();
        let misfit = misfit.with_resource(json!({"amount": "much"}));
        assert!(receiver.post(&misfit).await.is_received());
        assert_eq!(receiver.noted().as_deref(), Some("Unparsed"));
        let refund = || sandbox.notify("REFUND.SUCCESS").unwrap();
        for odd in [refund().nonce("short"), refund().nonce(""), refund().algorithm("AEAD_X")] {
            let report = receiver.post(&odd).await;
            assert_eq!(statuses(&report), [Some(500)]);
            assert!(report.complaints().is_empty(), "{:?}", report.complaints());
        }
        let large = "x".repeat(1 << 20);
        let large = sandbox.notify_with("REFUND.SUCCESS", json!({ "large": large })).unwrap();
        assert_eq!(statuses(&receiver.post(&large).await), [Some(413)]);
        assert_eq!(receiver.noted(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn item_39_duplicates_even_at_the_same_time_are_handled_once() {
    let (sandbox, client) = pair().await;
    for mut receiver in Receiver::all(&client.webhooks().replays(MemoryReplays::new(1_000))).await {
        let notice = sandbox.notify("TRANSACTION.SUCCESS").unwrap().twice();
        assert!(receiver.post(&notice).await.is_received());
        let again = receiver.post(&notice).await;
        assert_eq!(statuses(&again), [Some(204), Some(204)]);
        assert_eq!(receiver.noted().as_deref(), Some("TransactionSuccess"));
        assert_eq!(receiver.noted(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn item_39_a_notification_comes_again_until_it_is_received() {
    let (sandbox, client) = pair().await;
    let (listener, url) = listen().await;
    let (sender, mut seen) = unbounded_channel();
    let webhooks = client.webhooks().deadline(Duration::from_millis(200));
    let handler = move |request: axum::extract::Request| {
        let (webhooks, sender) = (webhooks.clone(), sender.clone());
        async move {
            let answer = webhooks.answer(request, |event, _| async move {
                static TIMES: std::sync::atomic::AtomicUsize =
                    std::sync::atomic::AtomicUsize::new(0);
                sender.send(event.id().to_owned()).unwrap();
                match TIMES.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                    0 => Err("no database"),
                    1 => std::future::pending().await,
                    _ => Ok(()),
                }
            });
            answer.await
        }
    };
    let app = axum::Router::new().route("/notify", axum::routing::post(handler));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let notice = sandbox.notify("REFUND.CLOSED").unwrap();
    let report = notice.deliver(&url, Schedule::official().faster(100_000)).await.unwrap();
    assert_eq!(statuses(&report), [Some(500), Some(500), Some(204)]);
    assert!(report.complaints().is_empty());
    for _ in 0..3 {
        assert_eq!(seen.recv().await.as_deref(), Some(notice.id()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_31_42_a_client_learns_a_new_certificate_from_a_notification() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.rotate_certificate().unwrap();
    let config = wechatpay_tests::config(&sandbox).unwrap();
    let client = Client::new(config).unwrap();
    client.replace_trust(TrustStore::new().download()).unwrap();
    let mut receiver = Receiver::axum(client.webhooks()).await;
    // Forged serials first: they are refused, and the one download that they cause is the one that is needed anyway.
    let forged = sandbox.notify("REFUND.CLOSED").unwrap().fault(Fault::WrongSerial).unwrap();
    for _ in 0..3 {
        assert!(!receiver.post(&forged).await.is_received());
    }
    let genuine = sandbox.notify("REFUND.CLOSED").unwrap().by_certificate();
    assert!(receiver.post(&genuine).await.is_received());
    assert_eq!(receiver.noted().as_deref(), Some("RefundClosed"));
    assert_eq!(sandbox.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_event_is_stored_and_opened_by_another_process() {
    let (sandbox, client) = pair().await;
    let (listener, url) = listen().await;
    let (sender, mut queue) = unbounded_channel();
    let webhooks = client.webhooks();
    let handler = move |headers: axum::http::HeaderMap, body: axum::body::Bytes| {
        let (webhooks, sender) = (webhooks.clone(), sender.clone());
        async move {
            let event = webhooks.verify(&headers, body).await?;
            sender.send(serde_json::to_string(&event).unwrap()).unwrap();
            Ok::<_, wechatpay_client::webhooks::WebhookError>(
                wechatpay_client::webhooks::Answer::success(),
            )
        }
    };
    let app = axum::Router::new().route("/notify", axum::routing::post(handler));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    assert!(sandbox.notify("REFUND.ABNORMAL").unwrap().post(&url).await.unwrap().is_received());
    let stored = queue.recv().await.unwrap();
    // Another process has keys, but no client.
    let keys = sandbox.keys();
    let api_v3_key = wechatpay_client::ApiV3Key::new(keys.apiv3_key()).unwrap();
    let worker = Webhooks::new(wechatpay_tests::trust(keys).unwrap(), api_v3_key).unwrap();
    let event = serde_json::from_str(&stored).unwrap();
    let parsed = worker.decrypt(&event).await.unwrap().parse();
    assert!(matches!(parsed, Notification::RefundAbnormal(_)), "{}", parsed.name());
    let forged = serde_json::from_str(&stored.replace("REFUND.ABNORMAL", "REFUND.CLOSED")).unwrap();
    assert!(worker.decrypt(&forged).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_calls_this_machine_only_and_says_what_it_cannot_do() {
    let (sandbox, _) = pair().await;
    let notice = sandbox.notify("REFUND.SUCCESS").unwrap();
    for url in ["", "/notify", "https://127.0.0.1:1/notify", "ftp://127.0.0.1/"] {
        assert!(matches!(notice.post(url).await, Err(Error::Receiver(_))), "{url}");
    }
    let remote = notice.post("http://192.0.2.1/notify").await;
    assert!(matches!(remote, Err(Error::RemoteReceiver(_))));
    let (listener, url) = listen().await;
    drop(listener);
    let report = notice.post(&url).await.unwrap();
    assert!(report.attempts()[0].error().is_some() && !report.is_received());
    assert!(matches!(sandbox.notify("NO.SUCH"), Err(Error::UnknownNotification(_))));
    assert!(matches!(sandbox.notify_of("REFUND.SUCCESS", "X"), Err(Error::UnknownNotification(_))));
    assert!(matches!(notice.fault(Fault::GarbageJson), Err(Error::FaultOfAnswers(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn items_10_38_notifications_come_in_the_suite_of_the_merchants_keys() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = ShangmiKeys::throwaway().unwrap();
    let api_v3_key = || ApiV3Key::new(sandbox.keys().apiv3_key()).unwrap();
    let public_key = PublicKey::from_pem(keys.wxp_pub_pem()).unwrap();
    let certificate = Certificate::from_pem(keys.plat_cert_pem()).unwrap();
    let trusts = [
        TrustStore::new().public_key(keys.wxp_key_id(), public_key),
        TrustStore::new().certificate(certificate),
    ];
    for (trust, by_certificate) in trusts.into_iter().zip([false, true]) {
        let key = PrivateKey::from_pem(keys.mch_key_pem()).unwrap();
        let merchant = Merchant::new(keys.mchid(), key, keys.mch_serial());
        let config = Config::new(merchant, trust.clone()).api_v3_key(api_v3_key());
        let client = Client::new(config).unwrap();
        for webhooks in [client.webhooks(), Webhooks::new(trust, api_v3_key()).unwrap()] {
            let mut receiver = Receiver::axum(webhooks).await;
            let plain = sandbox.notify("TRANSACTION.SUCCESS").unwrap();
            let notice = plain.clone().shangmi().unwrap();
            let notice = if by_certificate { notice.by_certificate() } else { notice };
            assert_eq!(statuses(&receiver.post(&notice).await), [Some(204)]);
            assert_eq!(receiver.noted().as_deref(), Some("TransactionSuccess"));
            // RSA, and SM2 over what is sealed with AES.
            let aes = plain.clone().shangmi().unwrap().algorithm("AEAD_AES_256_GCM");
            let aes = if by_certificate { aes.by_certificate() } else { aes };
            assert_eq!(statuses(&receiver.post(&plain).await), [Some(401)]);
            assert_eq!(statuses(&receiver.post(&aes).await), [Some(500)]);
            assert_eq!(receiver.noted(), None);
        }
    }
}
