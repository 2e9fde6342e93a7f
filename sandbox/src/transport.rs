//! Connections that can be reset on request, and bodies that stop or pause on request.

use std::{
    collections::VecDeque,
    future::Future as _,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::Sleep,
};

/// Accepts connections and gives each a [`Line`].
pub(crate) struct Gate(pub(crate) TcpListener);

impl Listener for Gate {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers leave at once; without it a test waits for the peer's delayed acknowledgements.
        let _ = stream.set_nodelay(true);
        (Wire { stream, line: Line::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What a handler holds of its connection: the means to reset it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Arc<AtomicBool>);

impl Line {
    /// Whatever is written to the connection from now on resets it (TCP RST).
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_reset(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A connection that can be reset.
pub(crate) trait Lined {
    /// The means to reset it.
    fn line(&self) -> Line;
}

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    line: Line,
}

impl Lined for Wire {
    fn line(&self) -> Line {
        self.line.clone()
    }
}

impl Wire {
    /// The stream, unless the connection is to be reset. Then dropping it sends RST instead of FIN.
    fn stream(self: Pin<&mut Self>) -> io::Result<Pin<&mut TcpStream>> {
        let wire = self.get_mut();
        if wire.line.is_reset() {
            wire.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut wire.stream))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// A body that is sent piece by piece.
pub(crate) struct Pieces(VecDeque<Piece>);

enum Piece {
    Data(Bytes),
    /// Lets what was written so far reach the network.
    Yield,
    Wait(Pin<Box<Sleep>>),
    Break,
}

impl Pieces {
    /// The first half of `body`, then the connection closes.
    pub(crate) fn truncated(body: &Bytes) -> Self {
        Self([Piece::Data(body.slice(..body.len() / 2)), Piece::Yield, Piece::Break].into())
    }

    /// `body` with a wait in its middle.
    pub(crate) fn paused(body: &Bytes, wait: Duration) -> Self {
        let (first, second) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
        let wait = Piece::Wait(Box::pin(tokio::time::sleep(wait)));
        Self([Piece::Data(first), wait, Piece::Data(second)].into())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match self.0.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Data(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Piece::Break) => {
                    return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
                }
                Some(Piece::Yield) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Piece::Wait(mut sleep)) => {
                    if sleep.as_mut().poll(cx).is_pending() {
                        self.0.push_front(Piece::Wait(sleep));
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}
