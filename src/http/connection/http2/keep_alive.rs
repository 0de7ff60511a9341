//! Closes idle and dead HTTP/2 connections: a connection without streams is closed after the idle timeout, and one with
//! streams if the client does not reply to a ping.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{super::EndReason, ConnectionLimits, Http2Connection};

/// What the caller has to do with the connection.
pub enum Due {
    /// Send GOAWAY, so that the client opens no more streams, because the connection is idle.
    GoAway,
    /// End the connection.
    End(EndReason),
}

/// What the timer waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// The next stream.
    Stream,
    /// The time of the next ping.
    Ping,
    /// The reply to a ping.
    Pong,
}

/// The timer of a connection.
pub struct KeepAlive {
    pings: Option<PingPong>,
    waiting: Waiting,
    /// Whether the service has sent GOAWAY.
    is_closing: bool,
    timer: Pin<Box<Sleep>>,
    limits: Rc<ConnectionLimits>,
}

impl KeepAlive {
    /// Creates the timer of a connection that has just been set up.
    pub fn new(connection: &mut Http2Connection, limits: Rc<ConnectionLimits>) -> Self {
        let timer = Box::pin(sleep_until(Instant::now() + limits.idle_timeout));
        Self { pings: connection.ping_pong(), waiting: Waiting::Stream, is_closing: false, timer, limits }
    }

    /// Waits until something has to be done.
    pub fn poll(&mut self, context: &mut Context<'_>, has_streams: bool) -> Poll<Due> {
        match (self.waiting, has_streams) {
            (Waiting::Stream, true) => self.wait(Waiting::Ping),
            (Waiting::Ping | Waiting::Pong, false) => self.wait(Waiting::Stream),
            _ => {}
        }
        loop {
            if let Some(pings) = &mut self.pings
                && let Poll::Ready(Ok(_)) = pings.poll_pong(context)
                && self.waiting == Waiting::Pong
            {
                self.wait(Waiting::Ping);
            }
            if self.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            match self.waiting {
                Waiting::Stream if self.is_closing => return Poll::Ready(Due::End(EndReason::Idle)),
                Waiting::Stream => return Poll::Ready(Due::GoAway),
                Waiting::Ping => {
                    // Sending fails only if the reply to an earlier ping is still missing. Then that reply is awaited.
                    let _ = self.pings.as_mut().map(|pings| pings.send_ping(Ping::opaque()));
                    self.wait(Waiting::Pong);
                }
                Waiting::Pong => return Poll::Ready(Due::End(EndReason::PingTimeout)),
            }
        }
    }

    /// Records that the service has sent GOAWAY. After the last stream, the client has to close the connection.
    pub fn close(&mut self) {
        self.is_closing = true;
        if self.waiting == Waiting::Stream {
            self.wait(Waiting::Stream);
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        let time = match waiting {
            Waiting::Stream if self.is_closing => self.limits.close_timeout,
            Waiting::Stream | Waiting::Ping => self.limits.idle_timeout,
            Waiting::Pong => self.limits.ping_timeout,
        };
        self.waiting = waiting;
        self.timer.as_mut().reset(Instant::now() + time);
    }
}
