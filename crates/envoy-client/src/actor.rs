//! What a user implements.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::{BoxError, Context, Options};

/// A request to an actor, with its whole body. Its URI is the path and the query.
pub type Request = http::Request<Bytes>;
/// The answer of an actor, with its whole body.
pub type Response = http::Response<Bytes>;
/// What an actor's own code returns.
pub type ActorResult<T = ()> = Result<T, BoxError>;

/// An actor: something with a name, a database of its own, and one instance at a time.
///
/// ```
/// use envoy_client::{Actor, ActorResult, Context, Request, Response};
///
/// struct Hello(Context);
///
/// impl Actor for Hello {
///     async fn start(context: Context) -> ActorResult<Self> {
///         Ok(Self(context))
///     }
///
///     async fn request(&self, request: Request) -> ActorResult<Response> {
///         let text = format!("{} says hello to {}\n", self.0.name(), request.uri().path());
///         Ok(Response::new(text.into()))
///     }
/// }
/// ```
///
/// Requests and the alarm are handled at the same time, each in a task of its own. A panic ends this generation of the
/// actor with an error, and nothing else. Code that blocks its thread holds up others: that is for
/// [`spawn_blocking`](tokio::task::spawn_blocking).
pub trait Actor: Sized + Send + Sync + 'static {
    /// Starts the actor. What it had before is in its database. An error ends this generation.
    fn start(context: Context) -> impl Future<Output = ActorResult<Self>> + Send;

    /// Handles an HTTP request. An error is answered with status 500, without its text. The future is dropped if the
    /// client goes.
    fn request(&self, request: Request) -> impl Future<Output = ActorResult<Response>> + Send {
        let _ = request;
        std::future::ready(Ok(crate::http::plain(
            404,
            "This actor takes no requests\n",
        )))
    }

    /// Does what an alarm was set for. It is called once the alarm is due, and again in a later generation if this one
    /// ended before it has returned; an error ends this generation.
    fn alarm(&self) -> impl Future<Output = ActorResult> + Send {
        std::future::ready(Ok(()))
    }

    /// The last words before this generation ends and the actor sleeps, or goes to another host. The database is still
    /// there. Not called after a failure: what must not be lost is to be written when it happens.
    fn sleep(&self) -> impl Future<Output = ActorResult> + Send {
        std::future::ready(Ok(()))
    }

    /// The last words before the actor ends for good.
    fn destroy(&self) -> impl Future<Output = ActorResult> + Send {
        std::future::ready(Ok(()))
    }
}

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An actor without its type, so that what runs it exists once.
pub(crate) trait AnyActor: Send + Sync + 'static {
    fn request(self: Arc<Self>, request: Request) -> BoxFuture<ActorResult<Response>>;
    fn alarm(self: Arc<Self>) -> BoxFuture<ActorResult>;
    fn sleep(self: Arc<Self>) -> BoxFuture<ActorResult>;
    fn destroy(self: Arc<Self>) -> BoxFuture<ActorResult>;
}

impl<A: Actor> AnyActor for A {
    fn request(self: Arc<Self>, request: Request) -> BoxFuture<ActorResult<Response>> {
        Box::pin(async move { Actor::request(&*self, request).await })
    }

    fn alarm(self: Arc<Self>) -> BoxFuture<ActorResult> {
        Box::pin(async move { Actor::alarm(&*self).await })
    }

    fn sleep(self: Arc<Self>) -> BoxFuture<ActorResult> {
        Box::pin(async move { Actor::sleep(&*self).await })
    }

    fn destroy(self: Arc<Self>) -> BoxFuture<ActorResult> {
        Box::pin(async move { Actor::destroy(&*self).await })
    }
}

/// The actors of one name.
pub(crate) struct Kind {
    pub(crate) options: Options,
    #[allow(
        clippy::type_complexity,
        reason = "it is written once, and called once"
    )]
    start: Box<dyn Fn(Context) -> BoxFuture<ActorResult<Arc<dyn AnyActor>>> + Send + Sync>,
}

impl Kind {
    pub(crate) fn new<A, F, S>(options: Options, start: S) -> Self
    where
        A: Actor,
        F: Future<Output = ActorResult<A>> + Send + 'static,
        S: Fn(Context) -> F + Send + Sync + 'static,
    {
        let start = Box::new(move |context: Context| {
            let started = start(context);
            let any: BoxFuture<ActorResult<Arc<dyn AnyActor>>> = Box::pin(async move {
                let actor: Arc<dyn AnyActor> = Arc::new(started.await?);
                Ok(actor)
            });
            any
        });
        Self { options, start }
    }

    pub(crate) fn start(&self, context: Context) -> BoxFuture<ActorResult<Arc<dyn AnyActor>>> {
        (self.start)(context)
    }
}
