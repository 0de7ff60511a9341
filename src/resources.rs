//! The ledger of resources: what a client can make the service use, who pays for it, and where that ends.
//!
//! A resource that is not listed here has no bound, and is a fault. `docs/resources.md` has the same table; tests compare the two, and see
//! that each metric and each test exists.

use std::fmt::Write as _;

use crate::{
    access::HELD_BYTES,
    http::{ConnectionLimits, HttpConfig, MAX_BODY, socket::SocketConfig},
    schema::Limits,
    store::TIME_LIMIT,
};

/// A resource of the service.
pub struct Resource {
    /// What it is.
    pub name: &'static str,
    /// Whose share it counts against.
    pub payer: Payer,
    /// How much there is, with the flag that sets it.
    pub limit: String,
    /// What happens to a client that reaches the limit.
    pub reached: &'static str,
    /// The metric that shows it, with its label.
    pub metric: &'static str,
    /// A test that reaches the limit.
    pub test: &'static str,
}

/// Whose share a resource counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// The key or subject of a client that has signed in; the network of any other.
    Client,
    /// The network of an address: an IPv4 address, or a /64 of IPv6.
    Network,
    /// The connection itself.
    Connection,
    /// The socket itself.
    Socket,
    /// The request itself.
    Request,
    /// All clients together.
    Everybody,
}

impl Payer {
    fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Network => "network",
            Self::Connection => "connection",
            Self::Socket => "socket",
            Self::Request => "request",
            Self::Everybody => "all together",
        }
    }
}

const fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

/// Every resource, by kind: processor time, bytes, what stays open, what is kept.
#[must_use]
pub fn ledger() -> Vec<Resource> {
    let row = |name, payer, limit: String, reached, metric, test| Resource { name, payer, limit, reached, metric, test };
    let (limits, connections, sockets) = (Limits::default(), ConnectionLimits::default(), SocketConfig::default());
    let seconds = |time: std::time::Duration| format!("{} s", time.as_secs());
    let refused = r#"`dermagraph_refused_total{code="RATE_LIMITED"}`"#;
    vec![
        row("Processor time before planning", Payer::Client, "`--rate-limit` points a minute; a point for each request, 64 KiB sent, 100 tokens or 4 KiB of a new document, 500 selections planned".to_owned(),
            "429 before the work is done", refused, "a_long_document_is_paid_before_it_is_prepared_and_only_once"),
        row("Processor time of refused requests", Payer::Client, "a point each; 600 refusals a minute at once, the others one after another at that rate".to_owned(),
            "429, none later than 30 s", refused, "whatever_is_refused_is_paid_too"),
        row("Processor time of operations", Payer::Client, format!("`--rate-limit` points a minute; {} points an operation (`--max-cost`)", limits.cost),
            "429, or `TOO_EXPENSIVE`", refused, "what_costs_more_than_the_whole_budget_is_refused_with_its_cost"),
        row("Rows that filters and orders read", Payer::Client, "a point for each 1000 that the statistics of the tables let expect; afterwards for each millisecond".to_owned(),
            "429", refused, "a_filter_costs_what_it_may_read"),
        row("Time of a reading", Payer::Request, seconds(TIME_LIMIT), "`TIMEOUT` in the answer", r#"`dermagraph_operation_errors_total{code="TIMEOUT"}`"#, "a_statement_that_takes_too_long_is_stopped"),
        row("Turns to prepare requests", Payer::Client, "for bodies that are decompressed, documents that are new and long plans: one for each core, as many again for clients that have none; 1024 wait, 2 s (`--patience`)".to_owned(),
            "503 `OVERLOADED` with `Retry-After`, first for the client that waits for the most", "`dermagraph_preparing_running`, `dermagraph_preparing_waiting`", "when_the_queue_is_full_the_client_with_the_most_jobs_loses_its_last"),
        row("Turns of heavy operations", Payer::Client, "for running them and compressing long answers: one for each core (`--max-heavy`), as many again for clients that have none; 1024 wait, 2 s (`--patience`)".to_owned(),
            "503 `OVERLOADED` with `Retry-After`", "`dermagraph_turns_running`, `dermagraph_turns_waiting`", "one_client_cannot_block_the_permits_of_others"),
        row("Bytes of a body", Payer::Request, format!("{} MiB, also decompressed; 10 s; 20,000 JSON values, as of a message", mebibytes(MAX_BODY as u64)), "413, 408, 400", r#"`dermagraph_refused_total{code="PAYLOAD_TOO_LARGE"}`"#, "bodies_of_every_wrong_shape_are_refused"),
        row("Requests of a batch", Payer::Request, format!("{} (`--batch-limit`); others are served between two", HttpConfig::BATCH), "400 `BATCH_TOO_LARGE`", r#"`dermagraph_refused_total{code="BATCH_TOO_LARGE"}`"#, "large_documents_do_not_keep_small_requests_waiting"),
        row("Bytes out", Payer::Client, "`--rate-limit` points a minute; a point for each 10 kB, estimated before and settled after".to_owned(), "429", refused, "bytes_have_a_price"),
        row("Bytes of one answer", Payer::Request, "16 MiB, also of a batch".to_owned(), "`ANSWER_TOO_LARGE`", r#"`dermagraph_operation_errors_total{code="ANSWER_TOO_LARGE"}`, of a batch `dermagraph_refused_total{code="ANSWER_TOO_LARGE"}`"#, "an_answer_has_a_longest_length"),
        row("Bytes of answers that are made or not taken", Payer::Client, format!("{} MiB in all (`--answer-memory`), a quarter for each client, a quarter for clients that hold nothing", mebibytes(HELD_BYTES)), "waits 2 s, then 503 `OVERLOADED`", "`dermagraph_bytes_held`", "bytes_are_held_up_to_a_share_for_each_client_and_a_limit_for_all"),
        row("Time of an answer that waits to be taken", Payer::Connection, format!("{} KiB/s while anything waits, of which a client may be {} behind", connections.pace >> 10, seconds(connections.untaken)), "the connection, or the stream of HTTP/2, is reset", r#"`dermagraph_connections_ended_total{reason="untaken"}`"#, "a_client_that_takes_too_little_loses_its_connection"),
        row("Connections", Payer::Network, format!("{} (`--max-connections`), a quarter for each network (`--max-connections-per-address`)", ConnectionLimits::MOST), "closed at once", "`dermagraph_connections`, `dermagraph_connections_refused_total`", "a_network_that_has_its_share_leaves_the_rest_to_others"),
        row("Time of a head", Payer::Connection, seconds(connections.head), "408, closed", r#"`dermagraph_connections_ended_total{reason="head"}`"#, "a_later_head_that_does_not_end_ends_the_connection"),
        row("Time of an unused connection", Payer::Connection, seconds(connections.idle), "closed", r#"`dermagraph_connections_ended_total{reason="idle"}`"#, "a_connection_without_requests_is_kept_for_a_while"),
        row("Streams of HTTP/2", Payer::Connection, connections.streams.to_string(), "`REFUSED_STREAM`", "`dermagraph_streams_reset_total`", "the_limit_of_streams_is_announced"),
        row("Bytes that HTTP/2 holds", Payer::Connection, "a slice of 32 KiB for each stream; the answer itself counts for its client".to_owned(), "the stream waits", "`dermagraph_bytes_held`", "answers_that_are_not_taken_leave_the_connection_to_others"),
        row("Frames of HTTP/2 without use", Payer::Connection, format!("{} KiB, and 256 bytes for each request", connections.overhead >> 10), "the connection is ended", r#"`dermagraph_connections_ended_total{reason="flood"}`"#, "floods_of_frames_end_their_connection"),
        row("Sockets that were not let in yet", Payer::Client, format!("64; {} for `connection_init`", seconds(sockets.init_timeout)), "503 `TOO_MANY_SOCKETS`; 4408", r#"`dermagraph_refused_total{code="TOO_MANY_SOCKETS"}`"#, "sockets_that_are_not_let_in_leave_the_places_to_others"),
        row("Sockets and event streams", Payer::Client, format!("{} (`--max-sockets`), a quarter for each client (`--max-sockets-per-address`)", sockets.max_sockets), "503 `TOO_MANY_SOCKETS`; 1013", "`dermagraph_sockets`", "there_are_so_many_sockets_and_no_more"),
        row("Messages of a socket", Payer::Client, "a point each, and one for each 64 KiB; also for pings".to_owned(), "`RATE_LIMITED`; one after another after 600 a minute", refused, "messages_are_paid_and_those_that_are_not_are_slowed_down"),
        row("Messages that are not complete", Payer::Client, "as answers, from 16 KiB on".to_owned(), "1013", "`dermagraph_bytes_held`", "half_messages_are_held_for_their_client"),
        row("Bytes of a message", Payer::Socket, "1 MiB in at most 16,384 frames; refused at the header of the frame".to_owned(), "1009, 1008", "`dermagraph_sockets`", "a_frame_is_refused_at_its_header"),
        row("Time of a message", Payer::Socket, "10 s until it is whole".to_owned(), "1008", "`dermagraph_sockets`", "a_message_that_is_never_complete_ends_its_socket"),
        row("Operations of a socket", Payer::Socket, format!("{} (`--socket-max-operations`)", sockets.max_operations), "`TOO_MANY_OPERATIONS`", r#"`dermagraph_refused_total{code="TOO_MANY_OPERATIONS"}`"#, "a_socket_runs_so_many_operations_and_no_more"),
        row("Time of a message that waits to be taken", Payer::Socket, format!("{} KiB/s, of which a client may be {} behind", ConnectionLimits::PACE >> 10, seconds(sockets.send_timeout)), "the socket is closed", r#"`dermagraph_connections_ended_total{reason="untaken"}`"#, "a_client_that_takes_nothing_loses_its_socket"),
        row("Subscriptions", Payer::Client, "4 KiB and their plan each, of the bytes that are held; the cost of each answer".to_owned(), "`OVERLOADED`, `RATE_LIMITED`", "`dermagraph_bytes_held`", "a_client_runs_as_many_subscriptions_as_it_may_hold"),
        row("Prepared documents", Payer::Everybody, "16 MiB".to_owned(), "those not used again go", "`dermagraph_documents_bytes`", "the_sizes_of_documents_and_plans_match_the_allocated_memory"),
        row("Plans", Payer::Everybody, "a quarter of `--response-cache`, at least 8 MiB".to_owned(), "those not used again go", "`dermagraph_plans_bytes`", "the_sizes_of_documents_and_plans_match_the_allocated_memory"),
        row("Kept responses", Payer::Everybody, format!("{} MiB (`--response-cache`)", mebibytes(limits.responses)), "those not used again go", "`dermagraph_responses_bytes`", "the_sizes_of_responses_match_the_allocated_memory"),
        row("Statistics of tables", Payer::Everybody, "the number of rows of each, and the length of each text in 256 of them; read once after a publication, on a thread of their own".to_owned(), "the last ones are used", "`dermagraph_operation_cost`", "a_filter_costs_what_it_may_read"),
        row("Budgets", Payer::Everybody, "the clients of the last minute".to_owned(), "full ones are forgotten", refused, "clients_that_are_gone_are_forgotten"),
        row("Bytes of the log", Payer::Request, "one line, each part of it cut; one line a minute for connections that are refused".to_owned(), "cut", "`dermagraph_requests_total`", "a_line_of_the_log_has_a_longest_length"),
    ]
}

/// The ledger as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let mut table =
        "| Resource | Counts against | Limit | At the limit | Metric | Test |\n|---|---|---|---|---|---|\n".to_owned();
    for Resource { name, payer, limit, reached, metric, test } in ledger() {
        let _ = writeln!(table, "| {name} | {} | {limit} | {reached} | {metric} | `{test}` |", payer.name());
    }
    table
}
