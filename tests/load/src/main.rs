//! Load: so many orders, each placed, paid, queried, refunded and notified, by so many clients at once, against the
//! sandbox in a process of its own. Then every account is compared with every other: what the clients were told, what
//! they were notified of, what the sandbox remembers, and its bill.
//!
//! `cargo xtask load` builds the sandbox and this program, and starts it: once with a store in memory, once with a file.
//! It ends with status 1 if anything is lost, doubled or different, or if the sandbox needs too much memory.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program may speak")]

mod arguments;
mod audit;
mod figures;
mod keys;
mod merchant;
mod receiver;
mod sandbox;

use std::{
    error::Error,
    path::Path,
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
use sandbox::{Sandbox, Store};

/// Whatever may go wrong.
type Problem = Box<dyn Error + Send + Sync>;

/// When no notification has come for so long, those that are missing are lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many discrepancies are shown.
const SHOWN: usize = 20;

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

/// Whether all is well with both stores.
async fn run(arguments: &Arguments) -> Result<bool, Problem> {
    let program = arguments.sandbox.clone().map_or_else(sandbox::beside_this, Ok)?;
    let mut good = true;
    for store in [Store::Memory, Store::File] {
        good &= run_with(arguments, &program, store).await?;
    }
    Ok(good)
}

async fn run_with(arguments: &Arguments, program: &Path, store: Store) -> Result<bool, Problem> {
    let (receiver, listener) = Receiver::bind().await?;
    let sandbox = Sandbox::start(program, store, receiver.base())?;
    receiver.serve(listener, &sandbox.keys)?;
    let (orders, clients) = (arguments.orders, arguments.clients);
    println!("{orders} orders, {clients} clients, remembered {}\n", store.as_str());

    let start = Instant::now();
    let (sold, mut figures) = sell(arguments, &sandbox).await?;
    receiver.wait_for(2 * sold.len(), PATIENCE).await;
    figures.time = start.elapsed();
    // What failed goes first: it explains most of the rest.
    let mut wrong = std::mem::take(&mut figures.failures);
    wrong.extend(audit::compare(&sandbox, &sold, &receiver, arguments).await?);

    print!("{figures}");
    show_sizes(&sandbox, &receiver)?;
    for problem in wrong.iter().take(SHOWN) {
        println!("WRONG  {problem}");
    }
    println!("{} of {orders} orders whole, {} discrepancies\n", sold.len(), wrong.len());
    Ok(wrong.is_empty())
}

/// Lets the clients work until no order is left.
async fn sell(arguments: &Arguments, sandbox: &Sandbox) -> Result<(Vec<Sold>, Figures), Problem> {
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

fn show_sizes(sandbox: &Sandbox, receiver: &Receiver) -> Result<(), Problem> {
    let mib = |bytes: Option<u64>| {
        bytes.map_or_else(|| "n/a".to_owned(), |bytes| format!("{} MiB", bytes >> 20))
    };
    let counts = receiver.counts();
    println!("{} notifications handled, {} came again", counts.handled, counts.again);
    println!(
        "peak memory: sandbox {}, clients {}; files of the sandbox: {}",
        mib(sandbox.peak_memory()),
        mib(sandbox::peak_memory_of("self")),
        mib(Some(sandbox.files()?)),
    );
    Ok(())
}
