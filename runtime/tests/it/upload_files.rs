//! Uploads from disk and from streams: what is sent, again and again, and what happens if it changes meanwhile.

use std::{
    error::Error as _,
    fs,
    sync::{Arc, Mutex},
};

use wechatpay_runtime::{
    Call, Core, Error, FileFailure, Operation, Repeat, RetryPolicy, wire::UploadFile,
};

use crate::{
    bytes::assert_signed,
    support::{
        Act, Answer, Folder, Gateway, HOST, Pauses, UPLOAD, Upload, bill, config, core, unsigned,
    },
};

static SAFE_UPLOAD: Operation =
    Operation::new("taxi.upload", wechatpay_runtime::Method::POST, "/v3/taxi/files", &HOST)
        .with_body()
        .repeat(Repeat::Overwrite);

fn call(core: &Core, file: UploadFile) -> Call<()> {
    Call::new(core, &UPLOAD, Upload { file })
}

fn accepts() -> Gateway {
    Gateway::always(Answer::new(200, "{}").bytes())
}

#[test]
fn item_05_a_file_is_sent_alike_from_memory_disk_and_stream() {
    let (gateway, folder) = (accepts(), Folder::new());
    fs::write(folder.path("发票.pdf"), bill()).unwrap();
    fs::write(folder.path("0001.tmp"), bill()).unwrap();
    let files = [
        UploadFile::new("发票.pdf", bill()),
        UploadFile::open(folder.path("发票.pdf")).unwrap(),
        UploadFile::open(folder.path("0001.tmp")).unwrap().named("发票.pdf"),
        UploadFile::from_reader("发票.pdf", &bill()[..]).unwrap(),
    ];
    let digest = files[0].sm3().to_owned();
    for file in files {
        call(&core(&gateway), file).blocking().unwrap();
    }
    let meta = format!("{{\"filename\":\"发票.pdf\",\"digest\":\"{digest}\"}}");
    let bodies: Vec<_> = gateway
        .seen()
        .into_iter()
        .map(|seen| {
            assert_signed(&seen, meta.as_bytes());
            assert!(seen.all("transfer-encoding").is_empty());
            assert_eq!(seen.header("content-length"), seen.body.len().to_string());
            let (_, boundary) = seen.header("content-type").split_once("boundary=").unwrap();
            let (start, end) = (b"application/pdf\r\n\r\n", format!("\r\n--{boundary}--\r\n"));
            let at = seen.body.windows(start.len()).position(|window| window == start).unwrap();
            let content = seen.body[at + start.len()..].strip_suffix(end.as_bytes()).unwrap();
            assert_eq!(content, bill());
            String::from_utf8(seen.body[..at].to_vec()).unwrap().replace(boundary, "")
        })
        .collect();
    assert_eq!(bodies.len(), 4);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn item_08_every_attempt_reads_the_file_again() {
    let folder = Folder::new();
    fs::write(folder.path("a.pdf"), bill()).unwrap();
    for file in [
        UploadFile::open(folder.path("a.pdf")).unwrap(),
        UploadFile::from_reader("a.pdf", &bill()[..]).unwrap(),
    ] {
        let gateway = Gateway::script([
            Act::close,
            || unsigned(502, "text/html", "").into(),
            || Answer::new(200, "{}").bytes().into(),
        ]);
        let config = config(&gateway).retry(RetryPolicy::default()).sleep(Pauses::default());
        let core = Core::new(config).unwrap();
        Call::<()>::new(&core, &SAFE_UPLOAD, Upload { file }).blocking().unwrap();
        let seen = gateway.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|request| request.body == seen[0].body));
        assert_ne!(seen[0].signed("signature"), seen[1].signed("signature"));
    }
}

#[test]
fn a_file_that_has_changed_is_never_sent_whole() {
    let (gateway, folder) = (accepts(), Folder::new());
    let path = folder.path("a.pdf");
    let mut altered = bill();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    // What can be seen beforehand is not even begun.
    let changes: [(&dyn Fn(), FileFailure, u32); 4] = [
        (&|| fs::write(&path, &altered).unwrap(), FileFailure::Changed { path: path.clone() }, 1),
        (
            &|| fs::write(&path, &bill()[1..]).unwrap(),
            FileFailure::Changed { path: path.clone() },
            0,
        ),
        (
            &|| fs::write(&path, [bill(), bill()].concat()).unwrap(),
            FileFailure::Changed { path: path.clone() },
            0,
        ),
        (&|| fs::remove_file(&path).unwrap(), FileFailure::Read { path: path.clone() }, 0),
    ];
    for (change, failure, attempts) in changes {
        fs::write(&path, bill()).unwrap();
        let file = UploadFile::open(&path).unwrap();
        change();
        let error = call(&core(&gateway), file).blocking().unwrap_err();
        let Error::File(failed) = &error else { panic!("{error}") };
        assert_eq!((failed.failure(), error.attempts()), (&failure, attempts));
        assert!(!error.is_outcome_unknown() && !error.is_retryable(), "{error}");
        assert!(error.to_string().contains("a.pdf"), "{error}");
        assert!(error.source().is_some());
    }
    assert!(gateway.seen().is_empty(), "no request came whole");
}

#[test]
fn progress_tells_how_much_is_sent() {
    let (gateway, folder) = (accepts(), Folder::new());
    fs::write(folder.path("a.pdf"), bill()).unwrap();
    for file in [UploadFile::open(folder.path("a.pdf")).unwrap(), UploadFile::new("a.pdf", bill())]
    {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&told);
        let file = file.progress(move |sent, total| listener.lock().unwrap().push((sent, total)));
        call(&core(&gateway), file).blocking().unwrap();
        let (told, total) = (told.lock().unwrap(), bill().len() as u64);
        assert!(told.len() > 2 && told.is_sorted_by(|one, next| one.0 < next.0), "{told:?}");
        assert_eq!(told.last(), Some(&(total, total)));
    }
}

#[test]
fn an_empty_file_is_a_file() {
    let (gateway, folder) = (accepts(), Folder::new());
    fs::write(folder.path("empty.txt"), "").unwrap();
    let file = UploadFile::open(folder.path("empty.txt")).unwrap();
    call(&core(&gateway), file).blocking().unwrap();
    let seen = gateway.only();
    assert!(String::from_utf8(seen.body).unwrap().contains("text/plain\r\n\r\n\r\n--"));
}

#[cfg(feature = "test-util")]
#[test]
fn a_transport_may_take_the_body_as_a_whole() {
    use wechatpay_runtime::{Bytes, MemoryTransport, SendError};

    let folder = Folder::new();
    fs::write(folder.path("a.pdf"), bill()).unwrap();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sizes);
    let transport = MemoryTransport::new(move |request: http::Request<Bytes>| {
        noted.lock().unwrap().push(request.body().len());
        Err(SendError::not_connected("noted"))
    });
    let core = Core::new(config(&accepts()).transport(transport)).unwrap();
    let file = UploadFile::open(folder.path("a.pdf")).unwrap();
    let error = call(&core, file.clone()).blocking().unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
    let sizes = sizes.lock().unwrap().clone();
    assert!(matches!(sizes[..], [size] if size > bill().len()), "{sizes:?}");
    // What cannot be read is told by name here, too.
    let mut altered = bill();
    altered[0] ^= 1;
    fs::write(folder.path("a.pdf"), altered).unwrap();
    let error = call(&core, file).blocking().unwrap_err();
    let Error::File(failed) = &error else { panic!("{error}") };
    let changed = folder.path("a.pdf");
    assert_eq!(failed.failure(), &FileFailure::Changed { path: changed });
}
