//! Downloads piece by piece.

use std::{
    pin::Pin,
    sync::mpsc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_core::Stream as _;
use wechatpay_runtime::{Error, FileFailure, FileStream, TransportFailure};

use crate::support::{Act, Gateway, bill, download, file, first, gzip, sha1};

async fn rest(stream: &mut FileStream) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    while let Some(chunk) = stream.chunk().await? {
        assert!(!chunk.is_empty());
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

#[test]
fn item_28_a_stream_gives_the_plain_bytes_under_any_executor() {
    let gateway = Gateway::always(file(gzip(&bill())));
    let call = || download(&gateway).gzip().sha1(sha1(&bill())).stream();
    pollster::block_on(async {
        let mut stream = call().await.unwrap();
        assert_eq!(rest(&mut stream).await.unwrap(), bill());
        assert!(stream.chunk().await.unwrap().is_none(), "the end stays the end");
    });
    let mut stream = call().blocking().unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = stream.blocking_chunk().unwrap() {
        all.extend_from_slice(&chunk);
    }
    assert_eq!(all, bill());
    assert!(stream.blocking_chunk().unwrap().is_none());
}

#[test]
fn a_stream_is_a_stream() {
    let gateway = Gateway::always(file(bill()));
    let mut stream = download(&gateway).stream().blocking().unwrap();
    let mut all = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match Pin::new(&mut stream).poll_next(&mut context) {
            Poll::Ready(Some(chunk)) => all.extend_from_slice(&chunk.unwrap()),
            Poll::Ready(None) => break,
            Poll::Pending => std::thread::yield_now(),
        }
    }
    assert_eq!(all, bill());
}

#[test]
fn item_28_a_stream_ends_in_an_error_if_its_bytes_are_not_what_they_should_be() {
    let gateway = Gateway::always(file(bill()));
    let mut stream = download(&gateway).sha256("0".repeat(64)).stream().blocking().unwrap();
    let error = pollster::block_on(rest(&mut stream)).unwrap_err();
    let Error::File(wrong) = &error else { panic!("{error}") };
    let FileFailure::Hash { algorithm, .. } = wrong.failure() else { panic!("{error}") };
    assert_eq!((*algorithm, error.operation()), ("SHA256", Some("download")));
    assert!(stream.blocking_chunk().unwrap().is_none(), "nothing comes after");

    let gateway = Gateway::start(|_| Act::Close(first(&bill(), 100)));
    let mut stream = download(&gateway).stream().blocking().unwrap();
    let error = pollster::block_on(rest(&mut stream)).unwrap_err();
    let Error::Transport(lost) = &error else { panic!("{error}") };
    assert_eq!(lost.failure(), TransportFailure::Interrupted);
}

#[test]
fn a_stream_that_stalls_or_panics_ends_in_an_error() {
    let stall = || Gateway::start(|_| Act::stall(first(&bill(), 100), mpsc::channel().0));
    let gateway = stall();
    let call = download(&gateway).idle_timeout(Duration::from_millis(50));
    let error = pollster::block_on(rest(&mut call.stream().blocking().unwrap())).unwrap_err();
    let Error::Transport(lost) = &error else { panic!("{error}") };
    assert_eq!(lost.failure(), TransportFailure::Timeout);

    let gateway = stall();
    let call = download(&gateway).progress(|_, _| panic!("on purpose"));
    let error = pollster::block_on(rest(&mut call.stream().blocking().unwrap())).unwrap_err();
    let Error::Transport(lost) = &error else { panic!("{error}") };
    assert_eq!(lost.failure(), TransportFailure::Interrupted);
}

#[test]
fn dropping_a_stream_ends_the_download() {
    let (closed, close) = mpsc::channel();
    let gateway = Gateway::start(move |_| Act::stall(first(&bill(), 100), closed.clone()));
    let mut stream = download(&gateway).stream().blocking().unwrap();
    assert!(stream.blocking_chunk().unwrap().is_some());
    drop(stream);
    close.recv().unwrap();
}

#[test]
fn a_reader_that_waits_holds_up_the_sender() {
    // More than all buffers on the way together.
    const SIZE: usize = 64 << 20;
    let (written, wrote) = mpsc::channel();
    let gateway = Gateway::start(move |_| {
        let written = written.clone();
        Act::Serve(Box::new(move |stream| {
            use std::io::Write as _;
            stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let _ = written.send(stream.write_all(&vec![0; SIZE]).is_ok());
        }))
    });
    let stream = download(&gateway).stream().blocking().unwrap();
    assert_eq!(format!("{stream:?}"), "FileStream(download (GET /v3/billdownload/...))");
    assert!(!wrote.recv().unwrap(), "all of it was taken without being read");
    drop(stream);
}
