//! The client and the sandbox over TLS.

use wechatpay_client::{Client, HttpOptions, HttpTransport, RetryPolicy};
use wechatpay_sandbox::{Fault, Sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_trusts_the_authority_is_served_over_tls() {
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    assert!(sandbox.url().starts_with("https://127.0.0.1:"));
    let config = || wechatpay_tests::config(&sandbox).unwrap().retry(RetryPolicy::none());
    let options = HttpOptions::new().only_root_certificates(sandbox.tls_ca_pem().unwrap());
    let transport = HttpTransport::new(options).unwrap();
    let client = Client::new(config().transport(transport)).unwrap();
    let request = wechatpay_client::taxi_invoice::GetTaxiRequest::example();
    client.taxi_invoice().get_taxi(&request).await.unwrap();
    // Resets reach through to the connection.
    sandbox.inject(Fault::ResetAfterRead);
    assert!(client.taxi_invoice().get_taxi(&request).await.is_err());
    assert_eq!(sandbox.calls().len(), 2);

    let stranger = Client::new(config()).unwrap();
    assert!(
        stranger.taxi_invoice().get_taxi(&request).await.is_err(),
        "nobody vouches for the authority"
    );
    assert_eq!(sandbox.calls().len(), 2);
}
