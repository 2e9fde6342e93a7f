//! What a correct request gets.

use serde_json::json;
use wechatpay_sandbox::{Error, Fault, Sandbox};

use crate::client::{Client, NOW, Request, last_call, sandbox};

#[tokio::test]
async fn answers_speak_of_what_was_asked() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let reply = client
        .call(Request::new("GET", "/v3/taxi-invoice/drivers/%E7%B2%A47?region_id=440300"))
        .await;
    let body = reply.json();
    assert_eq!((&body["driver_license"], &body["region_id"]), (&json!("粤7"), &json!(440_300)));
    assert_eq!(client.open(&body["driver_name"]), "张三");
}

#[tokio::test]
async fn encrypted_fields_are_echoed_encrypted_to_the_merchant() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    for (serial, key) in [
        (client.keys.wxp_key_id().to_owned(), client.wechatpay_key()),
        (client.keys.plat_serial().to_lowercase(), client.platform_key()),
    ] {
        let request = Request::json(
            "POST",
            "/v3/taxi-invoice/driver/update-driver",
            &json!({
                "driver_name": client.seal(&key, "李四"), "id_card_number": client.seal(&key, "1"), "company_name": "c", "mchid": "1",
                "driver_license": "d", "driver_category": "MAIN", "driver_status": "ON_DUTY", "region_id": 1,
            }),
        );
        let reply = client.call(request.header("Wechatpay-Serial", &serial)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(client.open(&reply.json()["driver_name"]), "李四");
    }
}

#[tokio::test]
async fn the_request_chooses_the_key_of_the_answer() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let (plat, wxp) = (client.keys.plat_serial().to_owned(), client.keys.wxp_key_id().to_owned());
    let lower = plat.to_lowercase();
    assert_eq!(plat, plat.to_uppercase());
    let cases = [
        (None, &plat, 0),
        (Some(plat.as_str()), &plat, 0),
        (Some(lower.as_str()), &plat, 0),
        (Some(wxp.as_str()), &wxp, 0),
        (Some("PUB_KEY_ID_0000"), &wxp, 1),
        (Some("0123"), &plat, 1),
    ];
    for (asked, expected, warnings) in cases {
        // A refusal is signed like a success.
        for target in ["/v3/taxi-invoice/drivers/1?region_id=1", "/v3/taxi-invoice/drivers/1"] {
            let request = Request::new("GET", target);
            let request = asked
                .into_iter()
                .fold(request, |request, serial| request.header("Wechatpay-Serial", serial));
            let reply = client.call(request).await;
            assert_eq!(reply.header("wechatpay-serial"), Some(expected.as_str()), "{asked:?}");
            assert!(client.verifies(&reply), "{asked:?}");
            assert_eq!(last_call(&sandbox).warnings.len(), warnings, "{asked:?}");
        }
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_of_the_protocol() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let good = client.call(Request::new("GET", "/v3/taxi-invoice/drivers/1?region_id=1")).await;
    let bad = client.call(Request::new("GET", "/v3/nothing")).await;
    for (reply, success) in [(&good, true), (&bad, false)] {
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(reply.header("wechatpay-signature-type"), Some("WECHATPAY2-SHA256-RSA2048"));
        assert_eq!(reply.header("wechatpay-timestamp"), Some(NOW.to_string().as_str()));
        let (_, error) = reply.header("request-id").unwrap().rsplit_once('-').unwrap();
        assert_eq!(error == "0", success);
    }
    assert_ne!(good.header("request-id"), bad.header("request-id"));
}

#[tokio::test]
async fn the_certificate_can_be_fetched_and_decrypted() {
    use aes_gcm::{
        Aes256Gcm, KeyInit as _, Nonce,
        aead::{Aead as _, Payload},
    };
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let request = Request::new("GET", "/v3/certificates")
        .header("Wechatpay-Serial", client.keys.wxp_key_id());
    let reply = client.call(request).await;
    // The certificate answers for itself, whatever key the request names.
    assert_eq!(
        (reply.status, reply.header("wechatpay-serial")),
        (200, Some(client.keys.plat_serial()))
    );
    assert!(client.verifies(&reply));

    let body = reply.json();
    let certificate = &body["data"][0];
    assert_eq!(certificate["serial_no"], client.keys.plat_serial());
    assert_eq!(certificate["effective_time"], "2015-01-01T08:00:00+08:00");
    let sealed = &certificate["encrypt_certificate"];
    assert_eq!(
        (&sealed["algorithm"], &sealed["associated_data"]),
        (&json!("AEAD_AES_256_GCM"), &json!("certificate"))
    );
    let text = |name: &str| sealed[name].as_str().unwrap().to_owned();
    let cipher = Aes256Gcm::new_from_slice(client.keys.apiv3_key().as_bytes()).unwrap();
    let nonce = Nonce::try_from(text("nonce").as_bytes()).unwrap();
    let ciphertext = STANDARD.decode(text("ciphertext")).unwrap();
    let plain = cipher.decrypt(&nonce, Payload { msg: &ciphertext, aad: b"certificate" }).unwrap();
    assert_eq!(plain, client.keys.plat_cert_pem().as_bytes());

    assert_eq!(
        client.call(Request::new("GET", "/v3/certificates?algorithm_type=RSA")).await.status,
        200
    );
    assert_eq!(
        client.call(Request::new("GET", "/v3/certificates?algorithm_type=MD5")).await.status,
        400
    );
    let sm2 = client.call(Request::new("GET", "/v3/certificates?algorithm_type=SM2")).await;
    let text = String::from_utf8(sm2.body.to_vec()).unwrap();
    assert!(text.contains("AEAD_SM4_GCM") && !text.contains("AEAD_AES_256_GCM"), "{text}");
    let unsigned = client.send(Request::new("GET", "/v3/certificates")).await.unwrap();
    assert_eq!(unsigned.status, 401);
}

#[tokio::test]
async fn a_new_certificate_signs_at_once_and_is_listed_beside_the_old_one() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let serial = sandbox.rotate_certificate().unwrap();
    let reply = client.call(Request::new("GET", "/v3/certificates")).await;
    assert_eq!(reply.header("wechatpay-serial"), Some(serial.as_str()));
    let body = reply.json();
    let listed: Vec<_> = body["data"].as_array().unwrap().iter().collect();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["serial_no"], sandbox.keys().plat_serial());
    assert_eq!(listed[1]["serial_no"], serial);
}

#[tokio::test]
async fn what_real_clients_do_is_tolerated() {
    let sandbox = sandbox().await;
    let client = Client::new(&sandbox);
    let get = || Request::new("GET", "/v3/taxi-invoice/drivers/1?region_id=1");
    assert_eq!(client.call(get().header("Accept", "*/*")).await.status, 200);
    assert_eq!(
        client.call(get().header("Accept", "text/html, application/json;q=0.9")).await.status,
        200
    );

    let punch = json!({
        "plate_number": "粤B1", "driver_license": "1", "event_time": "2020-07-01T12:00:00+08:00", "event_type": "SIGN_IN", "region_id": 1,
    }).to_string();
    let chunks: Vec<u8> = punch
        .as_bytes()
        .chunks(7)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .chain(*b"0\r\n\r\n")
        .collect();
    let mut request = Request::new("POST", "/v3/taxi-invoice/attendance/punch")
        .header("Transfer-Encoding", "chunked");
    request = request.header("Content-Type", "application/json; charset=utf-8");
    let reply =
        client.call(Request { body: chunks, signed: Some(punch.into_bytes()), ..request }).await;
    assert_eq!((reply.status, reply.body.len()), (204, 0), "{}", reply.text());
    assert!(client.verifies(&reply));

    let repeated = get();
    for (round, warnings) in [(1, 0), (2, 1)] {
        assert_eq!(client.call(repeated.clone()).await.status, 200, "{round}");
        assert_eq!(last_call(&sandbox).warnings.len(), warnings, "{round}");
    }
}

#[tokio::test]
async fn sandboxes_share_nothing_but_keys() {
    let (one, other) = (sandbox().await, sandbox().await);
    let client = Client::new(&one);
    one.inject(Fault::EmptyBody200);
    client.call(Request::new("GET", "/v3/certificates")).await;
    assert_eq!((one.calls().len(), other.calls().len()), (1, 0));
    assert_eq!(one.keys().plat_serial(), other.keys().plat_serial());
    one.stop().await;
    assert!(client.try_call(Request::new("GET", "/v3/certificates")).await.is_err());
    assert_eq!(Client::new(&other).call(Request::new("GET", "/v3/certificates")).await.status, 200);
}

#[tokio::test]
async fn only_loopback_is_listened_on_unless_allowed() {
    let anywhere = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Sandbox::builder().listen(anywhere).start().await;
    assert!(matches!(refused, Err(Error::NotLoopback(address)) if address == anywhere));
    let everywhere = Sandbox::builder().listen(anywhere).allow_remote().start().await.unwrap();
    assert_eq!(everywhere.url(), format!("http://127.0.0.1:{}", everywhere.address().port()));
    let taken = sandbox().await;
    let second = Sandbox::builder().listen(taken.address()).start().await;
    assert!(matches!(second, Err(Error::Listen(address, _)) if address == taken.address()));
}

/// HTTP does not mind, but some clients look names up to the letter.
#[tokio::test]
async fn names_of_headers_are_written_as_the_platform_writes_them() {
    let sandbox = sandbox().await;
    let request = b"GET /v3/certificates HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n";
    let answer = Client::new(&sandbox).exchange(request).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    for name in ["Serial", "Timestamp", "Nonce", "Signature", "Signature-Type"] {
        assert!(answer.contains(&format!("\r\nWechatpay-{name}: ")), "{name}: {answer}");
    }
    assert!(answer.contains("\r\nContent-Type: application/json"), "{answer}");
}
