//! Load: so many orders, each placed, paid, queried, refunded and notified, by so many clients at once, against the
//! sandbox in a process of its own. Then every account is compared with every other: what the clients were told, what
//! they were notified of, what the sandbox remembers, and its bill.
//!
//! `cargo run --release -p wechatpay-tests --bin load -- --orders 5000 --clients 64`
//!
//! Ends with status 1 if anything is lost, doubled or different, or if the sandbox needs too much memory.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program may speak")]

mod arguments;
mod audit;
mod figures;
mod merchant;
mod receiver;
mod sandbox;

use std::{
    error::Error,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use arguments::{Arguments, Command, HELP};
use figures::Figures;
use merchant::{Merchant, Sold};
use receiver::Receiver;
use sandbox::Sandbox;

/// When no notification has come for so long, those that are missing are lost.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> ExitCode {
    let done = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(arguments)) => run(&arguments).await,
        Err(error) => Err(format!("{error}; see --help").into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let (receiver, listener) = Receiver::bind().await?;
    let sandbox = Sandbox::start(arguments.sandbox.as_deref(), receiver.base())?;
    receiver.serve(listener, sandbox.folder())?;
    println!(
        "{} orders, {} clients, sandbox at {}\n",
        arguments.orders,
        arguments.clients,
        sandbox.url()
    );

    let start = Instant::now();
    let (sold, mut figures) = sell(arguments, &sandbox).await?;
    receiver.wait_for(2 * sold.len(), PATIENCE).await;
    figures.time = start.elapsed();
    let mut wrong = audit::compare(&sandbox, &sold, &receiver, arguments).await?;
    wrong.extend(std::mem::take(&mut figures.failures));

    print!("{figures}");
    let (handled, again, _) = receiver.counts();
    println!("{handled} notifications, {again} of them came again");
    if let (Some(theirs), Some(ours)) = (sandbox.peak_memory(), sandbox::peak_memory_of("self")) {
        println!("peak memory: sandbox {} MiB, clients {} MiB", theirs >> 20, ours >> 20);
    }
    for problem in wrong.iter().take(20) {
        println!("WRONG  {problem}");
    }
    println!("{} of {} orders whole, {} discrepancies", sold.len(), arguments.orders, wrong.len());
    Ok(wrong.is_empty())
}

/// Lets the clients work until no order is left.
async fn sell(
    arguments: &Arguments,
    sandbox: &Sandbox,
) -> Result<(Vec<Sold>, Figures), Box<dyn Error>> {
    let next = Arc::new(AtomicUsize::new(0));
    let orders = arguments.orders;
    let mut clients = Vec::new();
    for _ in 0..arguments.clients {
        let (next, mut merchant) = (Arc::clone(&next), Merchant::new(sandbox)?);
        clients.push(tokio::spawn(async move {
            let mut sold = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= orders {
                    return (sold, merchant.figures);
                }
                sold.extend(merchant.sell(index).await);
            }
        }));
    }
    let (mut sold, mut figures) = (Vec::new(), Figures::default());
    for client in clients {
        let (more, theirs) = client.await?;
        sold.extend(more);
        figures.add(theirs);
    }
    Ok((sold, figures))
}
