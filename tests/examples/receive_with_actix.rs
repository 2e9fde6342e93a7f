//! Receives notifications with actix-web.
//!
//! `cargo run -p wechatpay-tests --example receive_with_actix -- KEYS`, where `KEYS` is a key folder of the sandbox;
//! then `cargo run -p wechatpay-sandbox -- --keys KEYS --notify TRANSACTION.SUCCESS --to http://127.0.0.1:3000/notify`.

use actix_web::{App, HttpServer, dev::Server, web};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wechatpay_client::webhooks::{Answer, Delivery, Webhooks};

/// Called for genuine notifications only; all others are answered by the extractor.
async fn notify(work: web::Data<UnboundedSender<String>>, delivery: Delivery) -> Answer {
    let handled = delivery.handle(|event, notification| async move {
        // It is only noted here, for the platform waits five seconds.
        work.send(format!("{}: see {}", notification.name(), event.id()))
    });
    handled.await
}

pub(crate) fn serve(
    listener: std::net::TcpListener,
    webhooks: Webhooks,
    work: UnboundedSender<String>,
) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(web::Data::new(webhooks.clone()))
            .app_data(web::Data::new(work.clone()))
            .route("/notify", web::post().to(notify))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

#[expect(clippy::print_stdout, reason = "a program may speak")]
#[allow(dead_code, reason = "the tests take `serve` alone")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give a key folder of the sandbox")?;
    let (sender, mut work) = unbounded_channel();
    let listener = std::net::TcpListener::bind("127.0.0.1:3000")?;
    println!("listening on http://{}/notify", listener.local_addr()?);
    let webhooks = wechatpay_tests::receiver(folder.as_ref())?;
    std::thread::spawn(move || {
        while let Some(task) = work.blocking_recv() {
            println!("{task}");
        }
    });
    actix_web::rt::System::new().block_on(async { serve(listener, webhooks, sender)?.await })?;
    Ok(())
}
