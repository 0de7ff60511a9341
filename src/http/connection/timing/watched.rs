//! A connection that ends when one of its time limits is reached.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{super::EndReason, activity::Activity};
use crate::access::ShareMember;

pin_project! {
    /// The future of a connection. It ends when the deadline of its [`Activity`] is reached.
    ///
    /// There is one timer. It is moved only if the deadline is earlier than the time for which it is set. If it fires
    /// before the deadline, it is set again. So a connection in use rarely sets the timer.
    pub struct Watched<F> {
        #[pin]
        connection: F,
        #[pin]
        timer: Sleep,
        armed: Option<Instant>,
        activity: Rc<Activity>,
        share: ShareMember,
    }
}

impl<F: Future> Watched<F> {
    /// Wraps the future of a connection, which uses the share of its network.
    pub fn new(connection: F, activity: Rc<Activity>, share: ShareMember) -> Self {
        let at = activity.deadline().map_or_else(Instant::now, |(at, _)| at);
        Self { connection, timer: sleep_until(at), armed: Some(at), activity, share }
    }
}

impl<F: Future> Future for Watched<F> {
    /// The output of the connection, or the reason for which it was ended.
    type Output = Result<F::Output, EndReason>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !this.share.begin(context) {
            return Poll::Pending;
        }
        let turn = &this.activity.turn;
        turn.begin();
        let waker = context.waker().clone();
        let polled = this.share.poll_first(|| this.connection.poll(context), || turn.is_continued().then_some(waker));
        if let Poll::Ready(output) = polled {
            return Poll::Ready(this.activity.end_reason().map_or(Ok(output), Err));
        }
        if let Some(end) = this.activity.end_reason() {
            return Poll::Ready(Err(end));
        }
        if turn.has_ended() && !turn.is_continued() {
            this.share.wait(context);
        }
        let Some((at, end)) = this.activity.deadline() else { return Poll::Pending };
        loop {
            if this.armed.is_none_or(|armed| at < armed) {
                this.timer.as_mut().reset(at);
                *this.armed = Some(at);
            }
            if this.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if at <= Instant::now() {
                this.activity.end(end);
                return Poll::Ready(Err(end));
            }
            *this.armed = None;
        }
    }
}
