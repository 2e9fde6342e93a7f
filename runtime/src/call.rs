//! One call: options, and the two ways to make it.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use crate::{
    background::{self, Lost, Task},
    core::Core,
    custody::Sealed,
    download::Intake,
    error::{DecodeError, Error, Misfit},
    label::Label,
    observe::CallSpan,
    operation::{Host, Operation},
    options::Options,
    prepare::{Answer, Content, Draft},
    reply::{FromReply, Reply, WithMeta},
    retry::RetryPolicy,
    wire::{Decrypt, Request},
};

/// A call that is ready to be made: `.await` it, or call [`blocking`](Self::blocking).
///
/// It owns all it needs, so it can be stored, sent to another thread, or spawned. It runs on threads of the client's
/// own, so any executor will do, and dropping its future ends it.
#[must_use = "a call does nothing until it is awaited or `blocking()` is called"]
pub struct Call<T> {
    draft: Box<Draft>,
    read: Read<T>,
}

type Read<T> = Box<dyn FnOnce(&Reply, &dyn Decrypt) -> Result<T, Misfit> + Send + Sync>;

impl<T: FromReply> Call<T> {
    /// For generated code: a call of an operation of the schema.
    pub fn new(core: &Core, operation: &'static Operation, request: impl Request) -> Self {
        let content = Content::Typed { operation, request: Box::new(request) };
        Self::draft(core, Label::Operation(operation), content)
    }

    pub(crate) fn draft(core: &Core, label: Label, content: Content) -> Self {
        let draft = Draft {
            core: core.clone(),
            label,
            content,
            accept: T::ACCEPT,
            options: Options::default(),
            sealed: sealed::<T>,
            intake: T::IS_FILE.then(Intake::default),
        };
        // It captures nothing, so nothing is allocated for it.
        Self { draft: Box::new(draft), read: Box::new(T::read) }
    }
}

impl<T: 'static> Call<T> {
    /// Gives the response's status, headers and verified bytes beside the value.
    pub fn with_meta(self) -> Call<WithMeta<T>> {
        let read = self.read;
        Call {
            draft: self.draft,
            read: Box::new(|reply, decrypt| {
                Ok(WithMeta { value: read(reply, decrypt)?, reply: reply.clone() })
            }),
        }
    }

    /// The same call, which gives its response as it came; it is still an error if that does not fit the type.
    ///
    /// Calls of different types become one type, so they can stand in one list.
    pub fn into_reply(self) -> Call<Reply> {
        let read = self.read;
        Call {
            draft: self.draft,
            read: Box::new(|reply, decrypt| read(reply, decrypt).map(|_| reply.clone())),
        }
    }
}

/// For `download`.
impl<T> Call<T> {
    /// How the file is taken in.
    pub(crate) fn intake(&mut self) -> &mut Intake {
        self.draft.intake.get_or_insert_default()
    }

    /// The same call, whose response is read in another way.
    pub(crate) fn reading<U>(
        self,
        read: impl FnOnce(&Reply, &dyn Decrypt) -> Result<U, Misfit> + Send + Sync + 'static,
    ) -> Call<U> {
        Call { draft: self.draft, read: Box::new(read) }
    }

    /// The same call, which fails with this when it is made.
    pub(crate) fn with_problem(mut self, problem: &'static str) -> Self {
        self.draft.options.problem(problem);
        self
    }
}

impl Call<Reply> {
    /// For generated code: a call of any endpoint, signed and verified like all others.
    ///
    /// It goes to `gateway`, unless [`host`](Self::host) says otherwise.
    pub fn untyped(
        core: &Core,
        gateway: &'static Host,
        method: Method,
        path: impl Into<String>,
    ) -> Self {
        let path = path.into();
        let label = Label::untyped(method.clone(), &path);
        Self::draft(
            core,
            label,
            Content::Untyped { host: gateway, method, path, query: Vec::new(), body: None },
        )
    }

    /// Sends `value` as the JSON body.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        let written = serde_json::to_vec(value);
        match (&mut self.draft.content, written) {
            (Content::Untyped { body, .. }, Ok(json)) => *body = Some(Bytes::from(json)),
            // The message of a JSON library may quote the value.
            (Content::Untyped { .. }, Err(_)) => {
                self.draft.options.problem("the body has no JSON form")
            }
            (Content::Typed { .. } | Content::Url { .. }, _) => {
                self.draft.options.problem("a typed request has its body already")
            }
        }
        self
    }

    /// Adds items to the query; they are percent-encoded here.
    pub fn query<K: AsRef<str>, V: ToString>(mut self, items: &[(K, V)]) -> Self {
        match &mut self.draft.content {
            Content::Untyped { query, .. } => {
                query.extend(
                    items.iter().map(|(name, value)| (name.as_ref().to_owned(), value.to_string())),
                );
            }
            Content::Typed { .. } | Content::Url { .. } => {
                self.draft.options.problem("a typed request has its query already")
            }
        }
        self
    }
}

impl<T> Call<T> {
    /// What the schema says of the operation; `None` for an untyped call.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        match self.draft.label {
            Label::Operation(operation) | Label::Unrecognisable(operation) => Some(operation),
            Label::Untyped { .. } | Label::Download { .. } | Label::Local(_) => None,
        }
    }

    /// Time for this call, in place of the client's.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.draft.options.timeout = Some(limit);
        self
    }

    /// How often this call is tried, in place of the client's policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.draft.options.retry = Some(policy);
        self
    }

    /// Adds a header, or replaces one the request has. The call fails if the header is one the client must set itself,
    /// such as `Authorization`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.draft.options.headers.push((name.into(), value.into()));
        self
    }

    /// Sends this call to another gateway: scheme and host, no path. There is no backup host then.
    pub fn host(mut self, base_url: impl Into<String>) -> Self {
        self.draft.options.host = Some(base_url.into());
        self
    }

    /// Does not check the request against the schema: the platform may have moved a limit.
    pub fn unchecked(mut self) -> Self {
        self.draft.options.unchecked = true;
        self
    }

    /// Makes the call while the calling thread waits. It may be any thread, even one that runs an executor.
    ///
    /// # Errors
    /// The same as with `.await`.
    pub fn blocking(self) -> Result<T, Error> {
        let mut reader = Reader::new(&self.draft, self.read);
        reader.span = CallSpan::start(&reader.label);
        let result = background::wait(reader.span.carry(self.draft.send()));
        reader.finish(result)
    }
}

impl<T> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> CallFuture<T> {
        CallFuture { reader: Reader::new(&self.draft, self.read), state: State::Ready(self.draft) }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({})", self.draft.label)
    }
}

/// A call on its way. It starts when it is first polled; dropping it ends it.
#[must_use = "futures do nothing unless polled"]
pub struct CallFuture<T> {
    reader: Reader<T>,
    state: State,
}

enum State {
    Ready(Box<Draft>),
    Running(Task<Result<Answer, Error>>),
    Done,
}

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut task = match mem::replace(&mut this.state, State::Done) {
            State::Ready(draft) => {
                this.reader.span = CallSpan::start(&this.reader.label);
                match background::spawn(this.reader.span.carry(draft.send())) {
                    Ok(task) => task,
                    Err(lost) => return Poll::Ready(this.reader.finish(Err(lost))),
                }
            }
            State::Running(task) => task,
            // Polled again after it gave its result, which no executor does.
            State::Done => return Poll::Pending,
        };
        match Pin::new(&mut task).poll(context) {
            Poll::Ready(result) => Poll::Ready(this.reader.finish(result)),
            Poll::Pending => {
                this.state = State::Running(task);
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallFuture({})", self.reader.label)
    }
}

/// Turns what the background gives into what the caller asked for, on the caller's thread.
struct Reader<T> {
    label: Label,
    /// Until it has been used.
    read: Option<Read<T>>,
    span: CallSpan,
}

impl<T> Reader<T> {
    fn new(draft: &Draft, read: Read<T>) -> Self {
        Self { label: draft.label.clone(), read: Some(read), span: CallSpan::none() }
    }

    fn finish(&mut self, result: Result<Result<Answer, Error>, Lost>) -> Result<T, Error> {
        let result = self.read(result);
        self.span.finish(&result);
        result
    }

    fn read(&mut self, result: Result<Result<Answer, Error>, Lost>) -> Result<T, Error> {
        let Answer { reply, opened } = result.map_err(|lost| lost.error(&self.label))??;
        // There is one result.
        let read = self.read.take().ok_or_else(|| Lost::Panicked.error(&self.label))?;
        read(&reply, &opened)
            .map_err(|misfit| DecodeError::new(reply, misfit).because(opened.into_failure()).into())
    }
}

/// The first reading of a response, which tells what is to be decrypted.
fn sealed<T: FromReply>(reply: &Reply) -> Vec<String> {
    let sealed = Sealed::default();
    // Whether the response fits its type, the second reading will say.
    let _ = T::read(reply, &sealed);
    sealed.into_values()
}
