//! Receives notifications as plain `http` requests, here from hyper: any server that has them will do.
//!
//! `cargo run -p wechatpay-tests --example receive_with_hyper -- KEYS`, where `KEYS` is a key folder of the sandbox;
//! then `cargo run -p wechatpay-sandbox -- --keys KEYS --notify TRANSACTION.SUCCESS --to http://127.0.0.1:3000/notify`.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};
use wechatpay_client::webhooks::Webhooks;

pub(crate) async fn serve(
    listener: TcpListener,
    webhooks: Webhooks,
    work: UnboundedSender<String>,
) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let (webhooks, work) = (webhooks.clone(), work.clone());
        let service = service_fn(move |request| {
            let (webhooks, work) = (webhooks.clone(), work.clone());
            async move {
                let answer = webhooks.answer(request, |event, notification| async move {
                    // It is only noted here, for the platform waits five seconds.
                    work.send(format!("{}: see {}", notification.name(), event.id()))
                });
                Ok::<_, Infallible>(answer.await.into_response().map(Full::new))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

#[expect(clippy::print_stdout, reason = "a program may speak")]
#[allow(dead_code, reason = "the tests take `serve` alone")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give a key folder of the sandbox")?;
    let (sender, mut work) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}/notify", listener.local_addr()?);
    let webhooks = wechatpay_tests::receiver(folder.as_ref())?;
    tokio::spawn(async move {
        while let Some(task) = work.recv().await {
            println!("{task}");
        }
    });
    Ok(serve(listener, webhooks, sender).await?)
}
