//! The running operations of one socket.

use std::collections::HashMap;

use futures_util::{
    StreamExt as _,
    future::{AbortHandle, ready},
    stream::{self, BoxStream, SelectAll, abortable},
};

use crate::{
    access::Reservation,
    schema::{OperationResponse, OperationResponses, Refusal},
};

/// An event of an operation.
pub enum Event {
    /// The operation has a result.
    Next(OperationResponse),
    /// The operation is refused, before or after its first result. It is the last event.
    Refused(Refusal),
    /// The operation has ended. It is the last event.
    Complete,
}

/// The running operations by id. They end when this is dropped.
#[derive(Default)]
pub struct Operations {
    handles: HashMap<String, AbortHandle>,
    events: SelectAll<BoxStream<'static, (String, Event)>>,
}

impl Operations {
    /// Adds an operation. Its id must not be in use. `reservation` is the memory that is reserved for its request. It is
    /// released with the first result.
    pub fn start(&mut self, id: String, results: OperationResponses, mut reservation: Option<Reservation>) {
        let events = results.map(move |result| {
            drop(reservation.take());
            match result {
                Ok(response) => Event::Next(response),
                Err(refusal) => Event::Refused(refusal),
            }
        });
        let events = events.chain(stream::once(ready(Event::Complete)));
        let (events, handle) = abortable(events);
        self.handles.insert(id.clone(), handle);
        self.events.push(events.map(move |event| (id.clone(), event)).boxed());
    }

    /// Ends an operation if it still runs. It has no further events, and its id is free.
    pub fn stop(&mut self, id: &str) {
        if let Some(handle) = self.handles.remove(id) {
            handle.abort();
        }
    }

    /// Waits for the next event of any operation. While no operation runs, it waits forever.
    pub async fn next(&mut self) -> (String, Event) {
        match self.events.next().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }
}
