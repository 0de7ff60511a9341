//! The operations that one socket runs at once.

use std::collections::HashMap;

use futures_util::{
    StreamExt as _,
    future::{AbortHandle, ready},
    stream::{self, BoxStream, SelectAll, abortable},
};

use crate::schema::{Answer, Answers, Refusal};

/// What happened to an operation.
pub enum Event {
    /// There is an answer.
    Next(Answer),
    /// It is not run, or no longer. Nothing follows.
    Refused(Refusal),
    /// It has ended. Nothing follows.
    Complete,
}

/// Operations by their ids. When this is dropped all of them end.
#[derive(Default)]
pub struct Operations {
    handles: HashMap<String, AbortHandle>,
    events: SelectAll<BoxStream<'static, (String, Event)>>,
}

impl Operations {
    /// Adds an operation, under an id that is free.
    pub fn start(&mut self, id: String, results: Answers) {
        let events = results.map(|result| match result {
            Ok(answer) => Event::Next(answer),
            Err(refusal) => Event::Refused(refusal),
        });
        let events = events.chain(stream::once(ready(Event::Complete)));
        let (events, handle) = abortable(events);
        self.handles.insert(id.clone(), handle);
        self.events.push(events.map(move |event| (id.clone(), event)).boxed());
    }

    /// Ends an operation, if it still runs. Nothing is heard of it any more, and its id is free.
    pub fn stop(&mut self, id: &str) {
        if let Some(handle) = self.handles.remove(id) {
            handle.abort();
        }
    }

    /// What happens next, to any of them. It waits for ever while none runs.
    pub async fn next(&mut self) -> (String, Event) {
        match self.events.next().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }
}
