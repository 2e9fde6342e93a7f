//! Reads requests off a socket, byte for byte, and writes what a closure answers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Sender},
    },
    thread,
};

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    /// The request target, as it stands in the request line.
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    /// The value of a header that stands there once.
    pub(crate) fn header(&self, name: &str) -> &str {
        match self.all(name)[..] {
            [value] => value,
            ref other => panic!("{name}: {other:?}"),
        }
    }

    /// An item of `Authorization`.
    pub(crate) fn signed(&self, item: &str) -> &str {
        let (_, rest) = self.header("authorization").split_once(&format!("{item}=\"")).unwrap();
        rest.split_once('"').unwrap().0
    }
}

/// What the gateway does with a request.
pub(crate) enum Act {
    /// Writes these bytes and keeps the connection.
    Answer(Vec<u8>),
    /// Writes these bytes and closes the connection.
    Close(Vec<u8>),
    /// Writes nothing, ever, and says when the client has given up.
    Hang(Sender<()>),
    /// Writes as it pleases, then closes the connection.
    Serve(Box<dyn FnOnce(&mut TcpStream) + Send>),
}

impl Act {
    pub(crate) fn hang() -> Self {
        Self::Hang(mpsc::channel().0)
    }

    /// Writes these bytes, then nothing, and says when the client has given up.
    pub(crate) fn stall(bytes: Vec<u8>, closed: Sender<()>) -> Self {
        Self::Serve(Box::new(move |stream| {
            stream.write_all(&bytes).unwrap();
            let _ = stream.read(&mut [0]);
            let _ = closed.send(());
        }))
    }

    pub(crate) fn close() -> Self {
        Self::Close(Vec::new())
    }
}

impl From<Vec<u8>> for Act {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Answer(bytes)
    }
}

pub(crate) struct Gateway {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

impl Gateway {
    /// Starts to listen. The threads end with the process.
    pub(crate) fn start<A: Into<Act>>(answer: impl Fn(&Seen) -> A + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let gateway =
            Self { address, seen: Arc::clone(&seen), connections: Arc::clone(&connections) };
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || {
                    serve(stream.unwrap(), &seen, |request| answer(request).into())
                });
            }
        });
        gateway
    }

    /// Answers every request with these bytes.
    pub(crate) fn always(answer: Vec<u8>) -> Self {
        Self::start(move |_| answer.clone())
    }

    /// Does these in turn, and the last again and again.
    pub(crate) fn script<const N: usize>(acts: [fn() -> Act; N]) -> Self {
        let next = AtomicUsize::new(0);
        Self::start(move |_| acts[next.fetch_add(1, Ordering::SeqCst).min(N - 1)]())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request there was.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, answer: impl Fn(&Seen) -> Act) {
    while let Some(request) = read(&mut stream) {
        seen.lock().unwrap().push(request.clone());
        match answer(&request) {
            Act::Answer(bytes) => stream.write_all(&bytes).unwrap(),
            Act::Close(bytes) => return stream.write_all(&bytes).unwrap(),
            Act::Serve(serve) => return serve(&mut stream),
            Act::Hang(closed) => {
                // The test may be over by then.
                let _ = stream.read(&mut [0]);
                let _ = closed.send(());
                return;
            }
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        more(stream, &mut bytes)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut request = Seen { head, body: bytes[end + 4..].to_vec() };
    let length = request.all("content-length").first().map_or(0, |length| length.parse().unwrap());
    while request.body.len() < length {
        more(stream, &mut request.body)?;
    }
    Some(request)
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
    bytes.extend_from_slice(&buffer[..count]);
    Some(())
}
