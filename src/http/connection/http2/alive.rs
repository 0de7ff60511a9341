//! Whether a connection is of use: it is given up when it has no streams, and its client is asked for a sign of life while it has some.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{super::EndReason, ConnectionLimits, Wire};

/// What has to be done with the connection.
pub enum Due {
    /// It is not used: the client is told to open no more streams.
    CloseReason,
    /// It is ended.
    EndReason(EndReason),
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// The end of the time without streams.
    Quiet,
    /// The next ping.
    Busy,
    /// The answer to a ping.
    Pong,
}

/// The clock of a connection.
pub struct Alive {
    pings: Option<PingPong>,
    waiting: Waiting,
    /// Whether the client was told to open no more streams.
    is_leaving: bool,
    timer: Pin<Box<Sleep>>,
    limits: Rc<ConnectionLimits>,
}

impl Alive {
    /// That of a connection that was set up now.
    pub fn new(connection: &mut Wire, limits: Rc<ConnectionLimits>) -> Self {
        let timer = Box::pin(sleep_until(Instant::now() + limits.idle_timeout));
        Self { pings: connection.ping_pong(), waiting: Waiting::Quiet, is_leaving: false, timer, limits }
    }

    /// Waits until something has to be done.
    pub fn poll(&mut self, context: &mut Context<'_>, has_streams: bool) -> Poll<Due> {
        match (self.waiting, has_streams) {
            (Waiting::Quiet, true) => self.wait(Waiting::Busy),
            (Waiting::Busy | Waiting::Pong, false) => self.wait(Waiting::Quiet),
            _ => {}
        }
        loop {
            if let Some(pings) = &mut self.pings
                && let Poll::Ready(Ok(_)) = pings.poll_pong(context)
                && self.waiting == Waiting::Pong
            {
                self.wait(Waiting::Busy);
            }
            if self.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            match self.waiting {
                Waiting::Quiet if self.is_leaving => return Poll::Ready(Due::EndReason(EndReason::Idle)),
                Waiting::Quiet => return Poll::Ready(Due::CloseReason),
                Waiting::Busy => {
                    // One that was sent before a pause and is not answered is as good, and the only reason to fail.
                    let _ = self.pings.as_mut().map(|pings| pings.send_ping(Ping::opaque()));
                    self.wait(Waiting::Pong);
                }
                Waiting::Pong => return Poll::Ready(Due::EndReason(EndReason::Unanswered)),
            }
        }
    }

    /// The client was told to open no more streams, and has to close the connection after the last of them.
    pub fn leave(&mut self) {
        self.is_leaving = true;
        if self.waiting == Waiting::Quiet {
            self.wait(Waiting::Quiet);
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        let time = match waiting {
            Waiting::Quiet if self.is_leaving => self.limits.close_timeout,
            Waiting::Quiet | Waiting::Busy => self.limits.idle_timeout,
            Waiting::Pong => self.limits.ping_timeout,
        };
        self.waiting = waiting;
        self.timer.as_mut().reset(Instant::now() + time);
    }
}
