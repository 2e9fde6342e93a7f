//! The main job, from end to end: every operation of the schema, called over HTTP on an embedded sandbox.
//!
//! The table shows one product, and whatever fails; `--all` shows every operation. Ends with status 1 if anything is not
//! as it should be.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a demo shows something")]

use std::{error::Error, process::ExitCode, time::Instant};

use wechatpay_client::{
    Call, Client, OverseasClient, Reply, examples, taxi_invoice::InsertCardRequest,
};
use wechatpay_sandbox::Sandbox;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nfailed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().examples_only().start().await?;
    let client = wechatpay_tests::client(&sandbox)?;
    println!("sandbox with throwaway keys at {}\n", sandbox.url());
    call_everything(&client, &sandbox).await?;
    show_a_violation(&client, &sandbox).await
}

async fn call_everything(client: &Client, sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    // The connection is made beforehand, so that the first figure is comparable to the others.
    client.request(wechatpay_client::Method::GET, "/v3/certificates").await?;
    println!(
        "{:<34} {:<6} {:<56} {:>6}  {:<8} {:<8} {:>6}",
        "operation", "method", "path", "status", "request", "answer", "µs"
    );
    let overseas = OverseasClient::new(wechatpay_tests::config(sandbox)?)?;
    let mut calls = examples::calls(client);
    calls.extend(examples::overseas_calls(&overseas));
    let (mut succeeded, total, start) = (0, calls.len(), Instant::now());
    let all = std::env::args().any(|argument| argument == "--all");
    for call in calls {
        succeeded += usize::from(call_one(call, sandbox, all).await?);
    }
    println!(
        "\n{succeeded} of {total} operations succeeded, {} in the schema, in {:.1} s; `--all` shows them",
        sandbox.operations(),
        start.elapsed().as_secs_f64(),
    );
    if succeeded == total && total == sandbox.operations() {
        Ok(())
    } else {
        Err("not every operation succeeded".into())
    }
}

/// Calls; shows the operation if it is one of the product on show, or not as it should be.
async fn call_one(call: Call<Reply>, sandbox: &Sandbox, all: bool) -> Result<bool, Box<dyn Error>> {
    let operation = call.operation().ok_or("a call without an operation")?;
    let start = Instant::now();
    let result = call.await;
    let micros = start.elapsed().as_micros();
    let seen = sandbox.calls().pop().ok_or("the sandbox saw no call")?;
    let request = seen.signature.is_verified() && seen.violations.is_empty();
    let (status, answer) = match &result {
        Ok(reply) if reply.is_authenticated() => (reply.status().to_string(), "verified"),
        // The platform does not sign most files.
        Ok(reply) if !operation.signed => (reply.status().to_string(), "file"),
        Ok(reply) => (reply.status().to_string(), "NOT"),
        Err(error) => (error.to_string(), "NOT"),
    };
    let good = request && answer != "NOT";
    if all || !good || operation.name.starts_with("taxi_invoice.") {
        println!(
            "{:<34} {:<6} {:<56} {:>6}  {:<8} {:<8} {:>6}",
            operation.name,
            operation.method.as_str(),
            operation.path,
            status.split(' ').next().unwrap_or_default(),
            if request { "verified" } else { "REFUSED" },
            answer,
            micros,
        );
    }
    if let Err(error) = &result {
        println!("    {error}");
    }
    Ok(good)
}

async fn show_a_violation(client: &Client, sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let mut request = InsertCardRequest::example();
    request.fapiao_card_information.fapiao_number = "128977940".to_owned();
    let before = sandbox.calls().len();
    let Err(error) = client.taxi_invoice().insert_card(&request).await else {
        return Err("a field that is too long was sent".into());
    };
    println!("\none field too long, checked before anything is signed:\n    {error}");
    let Err(violations) = request.validate() else {
        return Err("the validator found nothing".into());
    };
    for violation in &violations {
        println!("    {violation}");
    }
    if sandbox.calls().len() != before {
        return Err("the request was sent all the same".into());
    }
    let Err(error) = client.taxi_invoice().insert_card(&request).unchecked().await else {
        return Err("the sandbox took a field that is too long".into());
    };
    println!("\nthe same unchecked, refused by the sandbox:\n    {error}");
    Ok(())
}
