//! A success that holds a file: who proves it, and where its bytes go.

use bytes::Bytes;
use http::response::Parts;

use super::{
    FileStream, Intake, MAX_BYTES, Sink, file,
    plain::{Plain, statement_sha1},
};
use crate::{
    error::Error, exchange::Exchange, observe::AttemptSpan, reply::Reply, transport::ResponseBody,
    verify,
};

impl Exchange<'_> {
    /// Takes in the file of a success.
    pub(crate) async fn receive(
        &self,
        parts: Parts,
        mut body: Box<dyn ResponseBody>,
        intake: &Intake,
        span: &AttemptSpan,
    ) -> Result<Reply, Error> {
        let Parts { status, headers, .. } = parts;
        // Signed over its bytes, it is read as any response. Otherwise its head says all there is to verify: nothing, or
        // the signed digest in place of the bytes.
        let authenticated = if verify::is_claimed(&headers) && statement_sha1(&headers).is_none() {
            let read = self.read(&headers, &mut *body).await.map_err(|error| error.after(status));
            let whole = read?;
            let authenticated = self.authenticate(status, &headers, &whole, span).await?;
            body = Box::new(whole);
            authenticated
        } else {
            let signed = statement_sha1(&headers).map(|sha1| format!("{{\"sha1\":\"{sha1}\"}}"));
            let signed = Bytes::from(signed.unwrap_or_default());
            self.authenticate(status, &headers, &signed, span).await?
        };
        let limit = intake.limit.unwrap_or(match intake.sink {
            Sink::Memory => self.shared.max_response_bytes as u64,
            Sink::File { .. } | Sink::Stream(_) => MAX_BYTES,
        });
        let plain = Plain::new(&self.label, (status, &headers), body, intake, limit)?;
        let kept = match &intake.sink {
            Sink::Memory => collect(plain).await?,
            Sink::File { path, size } => {
                size.put(file::save(plain, path).await?);
                Bytes::new()
            }
            Sink::Stream(slot) => {
                slot.put(
                    FileStream::start(&self.label, plain)
                        .map_err(|lost| lost.error(&self.label))?,
                );
                Bytes::new()
            }
        };
        self.reply(status, headers, kept, authenticated)
    }
}

async fn collect(mut plain: Plain) -> Result<Bytes, Error> {
    let mut whole = Vec::new();
    while let Some(chunk) = plain.chunk().await? {
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}
