//! Faults of settings, requests, keys and files, which have a place of their own each.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use hyper::http::Request;
use wechatpay_client::{
    BoxFuture, Client, Config, Error, Merchant, PrivateKey, RequestBody, SendError, Signer,
    Transport, TransportResponse, TrustStore, bill::DownloadFileRequest, code, taxi_invoice::*,
    wire::UploadFile,
};
use wechatpay_sandbox::Fault;

use super::{
    bench::{Bench, Seen},
    on_the_way::status,
};

pub(super) async fn seen() -> Vec<Seen> {
    let bench = Bench::new().await;
    let mut seen = not_sent(&bench).await;
    seen.push(Seen::before("background threads cannot be started", inside().await));
    seen.extend(keys(&bench).await);
    seen.extend(certificates().await);
    seen.extend(uploads().await);
    seen.extend(downloads().await);
    seen
}

async fn not_sent(bench: &Bench) -> Vec<Seen> {
    let key = PrivateKey::from_pem(bench.sandbox.keys().mch_key_pem().unwrap()).unwrap();
    let wrong = Config::new(Merchant::new("x", key, "y"), TrustStore::new());
    let setting = "wrong key, serial, setting; a merchant's certificate in the platform's place";
    let taxi = bench.client.taxi_invoice();
    let emoji = PunchRequest { plate_number: "\u{1f695}".into(), ..PunchRequest::example() };
    let mine = "empty path value, header of the client's own, path that a URL would change; front end: a value that \
                would change what is signed";
    let mut secret = UpdateDriverRequest::example();
    secret.driver_name = "x".repeat(300).into();
    let address = "a download's address on another host, not https, with a user name";
    vec![
        Seen::before(setting, Client::new(wrong).unwrap_err()),
        bench.see("a field breaks its rule", true, taxi.punch(&emoji)).await,
        bench.see(address, false, bench.client.download("https://elsewhere.example/x")).await,
        bench
            .see(mine, true, taxi.punch(&PunchRequest::example()).header("Authorization", "x"))
            .await,
        bench
            .see(
                "sensitive value too long for the key, or empty with SM2; no nonce",
                true,
                taxi.update_driver(&secret).unchecked(),
            )
            .await,
    ]
}

/// What is told to a transport that waits for the threads it runs on.
async fn inside() -> Error {
    struct Waiting(Client, Arc<Mutex<Option<Error>>>);

    impl Transport for Waiting {
        fn send(
            &self,
            _: Request<RequestBody>,
        ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
            let told = self.0.taxi_invoice().punch(&PunchRequest::example()).blocking();
            *self.1.lock().unwrap() = told.err();
            Box::pin(std::future::ready(Err(SendError::not_connected("never meant to"))))
        }
    }

    let (sandbox, client) = crate::pair().await;
    let told = Arc::<Mutex<Option<Error>>>::default();
    let config = wechatpay_tests::config(&sandbox).unwrap();
    let outer = Client::new(config.transport(Waiting(client, Arc::clone(&told)))).unwrap();
    outer.taxi_invoice().punch(&PunchRequest::example()).await.unwrap_err();
    told.lock().unwrap().take().unwrap()
}

/// A signer that refuses.
struct Broken;

impl Signer for Broken {
    fn sign<'a>(
        &'a self,
        _: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(std::future::ready(Err("the module is locked".into())))
    }
}

/// A merchant without the half of its key that opens, then without the half that signs.
async fn keys(bench: &Bench) -> Vec<Seen> {
    let keys = bench.sandbox.keys();
    let signer = PrivateKey::from_pem(keys.mch_key_pem().unwrap()).unwrap();
    let merchant = |signer| Merchant::with_signer(keys.mchid(), keys.mch_serial(), signer);
    let taxi = bench.client.taxi_invoice();
    let closed = "an encrypted field does not open; the decryptor fails, is missing, or knows no PKCS#1 v1.5";
    bench.client.replace_merchant(merchant(Arc::new(signer))).unwrap();
    let closed = bench.see(closed, true, taxi.update_driver(&UpdateDriverRequest::example())).await;
    bench.client.replace_merchant(merchant(Arc::new(Broken))).unwrap();
    let unsigned = taxi.punch(&PunchRequest::example());
    vec![closed, bench.see("the signer fails or is too slow", true, unsigned).await]
}

/// Calls of a client that has no key of the platform yet.
async fn certificates() -> Vec<Seen> {
    let gone = "no platform key yet; the merchant has no platform certificates";
    let away = "no platform key yet; the certificates cannot be fetched";
    let poor = "no platform key yet; their answer is altered, sealed with another key, a merchant's, expired";
    let late = "no platform key yet; they do not come in the call's time";
    let mut seen = Vec::new();
    for (name, fault) in [
        (gone, status(404, code::RESOURCE_NOT_EXISTS)),
        (away, status(500, "OTHER")),
        (away, status(403, code::NO_AUTH)),
        (away, Fault::SignatureProbe),
        (poor, Fault::TamperedBody),
        (late, Fault::SlowHeaders(Duration::from_secs(60))),
    ] {
        let bench = Bench::new().await;
        bench.client.replace_trust(TrustStore::new().download()).unwrap();
        bench.sandbox.inject_on("certificates", fault, 9).unwrap();
        let punch = bench.client.taxi_invoice().punch(&PunchRequest::example());
        let limit = Duration::from_millis(if name == late { 300 } else { 20_000 });
        seen.push(bench.see(name, true, punch.timeout(limit)).await);
    }
    seen
}

async fn uploads() -> Vec<Seen> {
    let (bench, folder) = (Bench::new().await, Folder::new("uploads"));
    let path = folder.0.join("card.pdf");
    fs::write(&path, vec![7; 300_000]).unwrap();
    let request = || UploadCardFileRequest {
        file: UploadFile::open(&path).unwrap(),
        ..UploadCardFileRequest::example()
    };
    let (changed, missing) = (request(), request());
    fs::write(&path, vec![8; 300_000]).unwrap();
    let name = "a file to upload changes while it is sent";
    let taxi = bench.client.taxi_invoice();
    let changed = bench.see(name, true, taxi.upload_card_file(&changed)).await;
    fs::remove_file(&path).unwrap();
    let name = "a file to upload that cannot be read, or has another length than before";
    vec![changed, bench.see(name, true, taxi.upload_card_file(&missing)).await]
}

async fn downloads() -> Vec<Seen> {
    let (bench, folder) = (Bench::new().await, Folder::new("downloads"));
    let file = || bench.client.bill().download_file(&DownloadFileRequest::example());
    let other =
        "the file has another digest; it is no whole gzip, or bytes follow it; more than the limit";
    let missing = folder.0.join("missing").join("bill.csv");
    let mut seen = vec![
        bench
            .see("a folder that is missing or cannot be written", false, file().to_file(missing))
            .await,
        bench.see(other, false, file().sha1("0".repeat(40))).await,
        bench.see(other, false, file().gzip()).await,
        bench.see(other, false, file().max_bytes(1)).await,
    ];
    // A full disk, too, shows when the file has begun and cannot be finished.
    let vanishing = Folder::new("vanishing");
    let gone = vanishing.0.clone();
    let full = file().progress(move |_, _| {
        let _ = fs::remove_dir_all(&gone);
    });
    seen.push(bench.see("the disk is full", false, full.to_file(vanishing.0.join("x"))).await);
    let stops = "nothing more of a file in the idle time; its connection lost";
    for fault in [Fault::SlowBody(Duration::from_secs(60)), Fault::TruncatedBody] {
        bench.sandbox.clear_faults();
        bench.sandbox.inject_times(fault, 9);
        let call = file().idle_timeout(Duration::from_millis(100));
        seen.push(bench.see(stops, false, call).await);
    }
    seen
}

/// A folder that no other test has.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("wechatpay-faults-{}-{name}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
