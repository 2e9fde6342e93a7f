//! Downloads to files: what is signed, what is checked, and what is left on the disk.

use std::{
    error::Error as _,
    fs,
    io::Write as _,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use tracing::subscriber::with_default;
use wechatpay_runtime::{
    Call, Core, Error, FileFailure, Host, RetryPolicy, TransportFailure, VerificationFailure,
};

use crate::{
    bytes::assert_signed,
    support::{
        Act, Answer, Capture, DOWNLOAD, Driver, Folder, GET_DRIVER, Gateway, Pauses, bare_config,
        bill, clock, config, core, download, download_by, file, first, gzip, sha1, unsigned,
    },
};

fn file_failure(error: &Error) -> &FileFailure {
    let Error::File(file) = error else { panic!("{error}") };
    assert!(!error.is_retryable() && !error.is_outcome_unknown());
    file.failure()
}

fn transport_failure(error: &Error) -> TransportFailure {
    let Error::Transport(transport) = error else { panic!("{error}") };
    transport.failure()
}

#[test]
fn items_26_28_a_bill_is_signed_for_by_its_address_and_saved_as_it_came() {
    let (gateway, folder) = (Gateway::always(file(bill())), Folder::new());
    let saved = download(&gateway)
        .sha1(sha1(&bill()).to_uppercase())
        .to_file(folder.path("bill.csv"))
        .blocking()
        .unwrap();
    assert_eq!((saved.path, saved.size), (folder.path("bill.csv"), bill().len() as u64));
    assert_eq!(saved.content_type.as_deref(), Some("text/plain"));
    assert_eq!(fs::read(folder.path("bill.csv")).unwrap(), bill());
    assert_eq!(folder.names(), ["bill.csv"]);
    let seen = gateway.only();
    assert_eq!((seen.method(), seen.target()), ("GET", "/v3/billdownload/file?token=secret%2B"));
    assert_eq!(seen.header("accept"), "*/*");
    assert!(seen.all("accept-encoding").is_empty());
    assert_signed(&seen, b"");
}

#[test]
fn item_20_what_comes_compressed_stays_so_until_it_is_asked_for() {
    let packed = gzip(&bill());
    let answer = file(&packed);
    let head = answer.len() - packed.len();
    let text = String::from_utf8(answer[..head].to_vec()).unwrap();
    let text = text.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n");
    let gateway = Gateway::always([text.as_bytes(), &packed].concat());
    let call = || download(&gateway).header("Accept-Encoding", "gzip");
    assert_eq!(call().sha1(sha1(&packed)).blocking().unwrap().bytes, packed);
    assert_eq!(call().sha1(sha1(&bill())).gzip().blocking().unwrap().bytes, bill());
    assert_eq!(gateway.seen()[0].header("accept-encoding"), "gzip");
}

#[test]
fn item_28_the_token_of_the_address_is_seen_by_the_host_alone() {
    let (gateway, folder) = (Gateway::always(file(bill())), Folder::new());
    let capture = Capture::default();
    let call = download(&gateway).sha1("0".repeat(40));
    assert_eq!(format!("{call:?}"), "Call(download (GET /v3/billdownload/...))");
    let error =
        with_default(capture.clone(), || call.to_file(folder.path("x")).blocking().unwrap_err());
    assert_eq!(capture.only("wechatpay.call").1.line(), "operation=download outcome=file_hash");
    let told = format!("{error} {error:?} {}", capture.text());
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn item_28_the_digest_of_a_gzip_file_is_that_of_what_is_in_it() {
    let packed = gzip(&bill());
    for answer in [packed.clone(), [gzip(&bill()[..9]), gzip(&bill()[9..])].concat()] {
        let (gateway, folder) = (Gateway::always(file(&answer)), Folder::new());
        let call = download(&gateway).gzip().sha1(sha1(&bill()));
        let saved = call.to_file(folder.path("bill.csv")).blocking().unwrap();
        assert_eq!(saved.size, bill().len() as u64);
        assert_eq!(fs::read(folder.path("bill.csv")).unwrap(), bill());
    }
    let gateway = Gateway::always(file(&packed));
    let as_it_is = download(&gateway).sha1(sha1(&packed)).blocking().unwrap();
    assert_eq!(as_it_is.bytes, packed);
}

#[test]
fn item_28_a_file_that_is_not_as_it_should_be_leaves_what_was_there() {
    let (expected, actual) = (sha1(b"other"), sha1(&bill()));
    let (algorithm, hash) = ("SHA1", expected.clone());
    let packed = gzip(&bill());
    let truncated = &packed[..packed.len() - 1];
    let cases = [
        (file(bill()), false, FileFailure::Hash { algorithm, expected, actual }),
        (file(truncated), true, FileFailure::Gzip),
        (file([&packed[..], b"x"].concat()), true, FileFailure::Gzip),
        (file(bill()), true, FileFailure::Gzip),
        (file(""), true, FileFailure::Gzip),
    ];
    for (answer, packed, failure) in cases {
        let (gateway, folder) = (Gateway::always(answer), Folder::new());
        fs::write(folder.path("bill.csv"), "yesterday's").unwrap();
        let call = download(&gateway).retry(RetryPolicy::default()).sha1(&hash);
        let call = if packed { call.gzip() } else { call };
        let error = call.to_file(folder.path("bill.csv")).blocking().unwrap_err();
        assert_eq!(file_failure(&error), &failure);
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (200, 1));
        assert_eq!(folder.names(), ["bill.csv"]);
        assert_eq!(fs::read(folder.path("bill.csv")).unwrap(), b"yesterday's");
        assert_eq!(gateway.seen().len(), 1, "another attempt would bring the same");
    }
}

#[test]
fn item_28_a_download_that_breaks_off_begins_again_and_its_first_part_is_dropped() {
    let folder = Folder::new();
    let gateway = Gateway::start(|_| Act::Close(first(&bill(), 70_000)));
    let error = download(&gateway).to_file(folder.path("bill.csv")).blocking().unwrap_err();
    assert_eq!(transport_failure(&error), TransportFailure::Interrupted);
    assert!(error.is_retryable() && !error.is_outcome_unknown(), "{error}");
    assert!(folder.names().is_empty());
    let gateway = Gateway::script([|| Act::Close(first(&bill(), 70_000)), || file(bill()).into()]);
    let again = Core::new(config(&gateway).retry(RetryPolicy::default()).sleep(Pauses::default()));
    let call = download_by(&again.unwrap()).sha1(sha1(&bill())).to_file(folder.path("bill.csv"));
    let saved = call.with_meta().blocking().unwrap();
    assert_eq!((saved.reply.attempts(), saved.value.size), (2, bill().len() as u64));
    assert_eq!(fs::read(folder.path("bill.csv")).unwrap(), bill());
}

#[test]
fn item_28_a_foreign_host_is_refused_before_anything_is_signed_and_sees_no_connection() {
    let (foreign, own) = (Gateway::always(file(bill())), Gateway::always(file(bill())));
    static PLATFORM: Host = Host::new("https://api.example", None);
    let url = format!("{}/v3/billdownload/file?token=secret", foreign.url());
    let call = |core: &Core| Call::download(core, &PLATFORM, [&PLATFORM], url.as_str());
    let error = call(&core(&own)).blocking().unwrap_err();
    assert!(matches!(error, Error::Build(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    assert_eq!((foreign.connections(), own.connections()), (0, 0));
    // The same address is signed for once the configuration says so.
    let trusting = Core::new(config(&own).download_host(foreign.url())).unwrap();
    assert_eq!(call(&trusting).blocking().unwrap().bytes, bill());
    assert_eq!((foreign.connections(), own.connections()), (1, 0));
}

#[test]
fn item_28_the_request_goes_to_the_host_the_address_names() {
    let (main, backup) = (Gateway::always(file("main")), Gateway::always(file("backup")));
    let host: &'static Host =
        Box::leak(Box::new(Host::new(main.url().leak(), Some(backup.url().leak()))));
    let core = Core::new(bare_config().clock(clock)).unwrap();
    let call =
        |gateway: &Gateway| Call::download(&core, host, [host], format!("{}/v3/x", gateway.url()));
    assert_eq!(call(&backup).blocking().unwrap().bytes, "backup");
    assert_eq!(call(&main).blocking().unwrap().bytes, "main");
    assert_eq!((main.seen().len(), backup.seen().len()), (1, 1));
}

#[test]
fn item_28_errors_and_redirects_are_ordinary_errors_and_leave_no_file() {
    let (elsewhere, folder) = (Gateway::always(file(bill())), Folder::new());
    let moved = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}/v3/x\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url()
    );
    let refusal = Answer::new(400, "{\"code\":\"NO_STATEMENT_EXIST\",\"message\":\"账单不存在\"}");
    let cases = [
        (refusal.bytes(), 400, Some("NO_STATEMENT_EXIST"), true),
        (unsigned(502, "text/html", "<html>"), 502, None, false),
        (moved.into_bytes(), 302, None, false),
    ];
    for (answer, status, code, authenticated) in cases {
        let gateway = Gateway::always(answer);
        let error = download(&gateway).to_file(folder.path("x")).blocking().unwrap_err();
        let Error::Api(api) = &error else { panic!("{error}") };
        assert_eq!((api.status().as_u16(), api.code()), (status, code));
        assert_eq!(error.is_authenticated(), authenticated);
    }
    assert_eq!(elsewhere.connections(), 0);
    assert!(folder.names().is_empty());
}

#[test]
fn item_28_a_place_that_cannot_be_written_is_told_before_anything_is_sent() {
    let (gateway, folder) = (Gateway::always(file(bill())), Folder::new());
    fs::write(folder.path("a file"), "").unwrap();
    let cases = [
        (folder.path("missing").join("bill.csv"), "does not exist; create it first"),
        (folder.path("a file").join("bill.csv"), "is no folder"),
        (folder.path("."), "add a file name"),
    ];
    for (path, remedy) in cases {
        let error = download(&gateway).to_file(&path).blocking().unwrap_err();
        assert_eq!(file_failure(&error), &FileFailure::Write { path: path.clone() });
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(error.source().unwrap().to_string().contains(remedy), "{error:?}");
        assert_eq!(error.attempts(), 0);
    }
    assert_eq!(gateway.connections(), 0);
}

#[test]
fn a_body_may_take_longer_than_the_call_but_not_pause_too_long() {
    let folder = Folder::new();
    let (began, begin) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let both = Arc::new(Mutex::new((began, released)));
    let gateway = Gateway::start(move |_| {
        let both = Arc::clone(&both);
        Act::Serve(Box::new(move |stream| {
            let both = both.lock().unwrap();
            stream.write_all(&first(&[7; 12], 4)).unwrap();
            both.0.send(()).unwrap();
            both.1.recv().unwrap();
            stream.write_all(&[7; 8]).unwrap();
        }))
    });
    let limit = Duration::from_secs(2);
    let slow = download(&gateway).timeout(limit).to_file(folder.path("slow"));
    let slow = thread::spawn(|| slow.blocking());
    begin.recv().unwrap();
    // When the time of a call that began later is up, that of the download is, too.
    let silent = Gateway::start(|_| Act::hang());
    download(&silent).timeout(limit).blocking().unwrap_err();
    release.send(()).unwrap();
    slow.join().unwrap().unwrap();
    assert_eq!(fs::read(folder.path("slow")).unwrap(), [7; 12]);

    let gateway = Gateway::start(|_| Act::stall(first(&bill(), 100), mpsc::channel().0));
    let call = download(&gateway).idle_timeout(Duration::from_millis(50));
    let error = call.to_file(folder.path("stalled")).blocking().unwrap_err();
    assert_eq!(transport_failure(&error), TransportFailure::Timeout);
    assert_eq!((error.status().unwrap().as_u16(), error.is_retryable()), (200, true));

    let gateway = Gateway::start(|_| Act::hang());
    let call = download(&gateway).timeout(Duration::from_millis(50));
    let error = call.to_file(folder.path("silent")).blocking().unwrap_err();
    assert_eq!(transport_failure(&error), TransportFailure::Timeout);
    assert_eq!(folder.names(), ["slow"]);
}

#[test]
fn each_attempt_at_a_file_has_the_calls_time_to_begin() {
    // The first attempt alone takes longer than the call's time.
    let stall = || Act::stall(first(&bill(), 100), mpsc::channel().0);
    let gateway = Gateway::script([stall, || file(bill()).into()]);
    let policy = RetryPolicy::none().attempts(2);
    let core = Core::new(config(&gateway).retry(policy).sleep(Pauses::default())).unwrap();
    let call = download_by(&core)
        .timeout(Duration::from_millis(1500))
        .idle_timeout(Duration::from_millis(1600));
    assert_eq!(call.blocking().unwrap().bytes, bill());
}

#[test]
fn a_file_that_has_not_begun_has_the_calls_time_and_no_more() {
    let gateway = Gateway::start(|_| Act::hang());
    let policy = RetryPolicy::none().attempts(9);
    let core = Core::new(config(&gateway).retry(policy).sleep(Pauses::default())).unwrap();
    let error = download_by(&core).timeout(Duration::from_millis(500)).blocking().unwrap_err();
    assert_eq!(transport_failure(&error), TransportFailure::Timeout);
    // The first attempt has half of the time; what is left is too short to be parted again.
    assert!(error.attempts() <= 2, "{error}");
}

#[tokio::test]
async fn item_28_a_dropped_download_leaves_nothing_behind() {
    let folder = Folder::new();
    let (closed, close) = mpsc::channel();
    let gateway = Gateway::start(move |_| Act::stall(first(&bill(), 9000), closed.clone()));
    let (began, begin) = tokio::sync::oneshot::channel();
    let began = Mutex::new(Some(began));
    let call = download(&gateway)
        .progress(move |_, _| {
            began.lock().unwrap().take().map(|began| began.send(()));
        })
        .to_file(folder.path("bill.csv"));
    tokio::select! {
        result = call.into_future() => panic!("it ended: {result:?}"),
        _ = begin => {}
    }
    // The connection goes with the call, and so does the file under its temporary name.
    close.recv().unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    while !folder.names().is_empty() {
        assert!(Instant::now() < patience, "{:?} is left", folder.names());
        tokio::task::yield_now().await;
    }
}

#[test]
fn while_it_comes_the_file_stands_under_another_name() {
    let folder = Arc::new(Folder::new());
    let gateway = Gateway::always(file(bill()));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (inside, noted) = (Arc::clone(&folder), Arc::clone(&seen));
    let call = download(&gateway).progress(move |done, total| {
        noted.lock().unwrap().push((done, total, inside.names()));
    });
    call.to_file(folder.path("bill.csv")).blocking().unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted_by_key(|(done, ..)| *done));
    let total = bill().len() as u64;
    assert_eq!(seen.last().map(|(done, total, _)| (*done, *total)), Some((total, Some(total))));
    for (.., names) in &*seen {
        assert_eq!(names.len(), 1);
        assert!(names[0].starts_with(".download-") && names[0].ends_with(".part"), "{names:?}");
    }
}

#[test]
fn item_28_a_bomb_ends_at_the_limit() {
    let (folder, zeros) = (Folder::new(), vec![0; 8 << 20]);
    let gateway = Gateway::always(file(gzip(&zeros)));
    let limit = 1 << 20;
    let call = || download(&gateway).gzip();
    let error = call().max_bytes(limit).to_file(folder.path("x")).blocking().unwrap_err();
    assert_eq!(file_failure(&error), &FileFailure::TooLarge { limit });
    assert!(folder.names().is_empty());
    let small = Core::new(config(&gateway).max_response_bytes(1 << 20)).unwrap();
    let error = download_by(&small).gzip().blocking().unwrap_err();
    assert_eq!(file_failure(&error), &FileFailure::TooLarge { limit });
    // That limit is for memory; a file has its own.
    download_by(&small).gzip().to_file(folder.path("x")).blocking().unwrap();
    assert_eq!(fs::metadata(folder.path("x")).unwrap().len(), 8 << 20);
    // Just as much as is allowed is allowed, whether it was announced or not.
    call().max_bytes(8 << 20).to_file(folder.path("x")).blocking().unwrap();
    let plain = Gateway::always(file(bill()));
    download(&plain).max_bytes(bill().len() as u64).blocking().unwrap();
    // What says that it is too large is not read at all.
    let gateway = Gateway::start(|_| Act::stall(first(&bill(), 0), mpsc::channel().0));
    let error = download(&gateway).max_bytes(9).blocking().unwrap_err();
    assert_eq!(file_failure(&error), &FileFailure::TooLarge { limit: 9 });
}

#[test]
fn item_26_operations_of_the_schema_save_files_too() {
    let folder = Folder::new();
    let driver = || Driver { license: "a".into(), ..Driver::default() };
    let gateway = Gateway::always(file(bill()));
    let call = Call::new(&core(&gateway), &DOWNLOAD, driver());
    call.to_file(folder.path("image")).blocking().unwrap();
    assert_eq!(fs::read(folder.path("image")).unwrap(), bill());
    // One whose responses are signed refuses the same answer.
    let call = Call::new(&core(&gateway), &GET_DRIVER, driver());
    let error = call.to_file(folder.path("unsigned")).blocking().unwrap_err();
    let Error::Verification(verification) = &error else { panic!("{error}") };
    assert_eq!(verification.failure(), &VerificationFailure::Unsigned);
    assert_eq!(folder.names(), ["image"]);
}

#[test]
fn what_cannot_be_a_digest_or_a_download_host_is_refused() {
    let gateway = Gateway::always(file(bill()));
    for call in [
        download(&gateway).sha1("abc"),
        download(&gateway).sha1("g".repeat(40)),
        download(&gateway).sha256("a".repeat(40)),
    ] {
        let Err(Error::Build(error)) = call.blocking() else { panic!("not refused") };
        assert!(error.to_string().contains("hex digits"), "{error}");
    }
    let call = download(&gateway).idle_timeout(Duration::ZERO);
    assert!(matches!(call.blocking(), Err(Error::Build(_))));
    assert_eq!(gateway.connections(), 0);
    let hosts = ["http://files.example", "https://files.example/path", "files"];
    let config = hosts.into_iter().fold(bare_config(), |config, host| config.download_host(host));
    let Err(Error::Config(error)) = Core::new(config) else { panic!("not refused") };
    assert_eq!(error.to_string().matches("download_host: ").count(), 3, "{error}");
}
