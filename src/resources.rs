//! The list of the resources of the service that a client can use, with the limit of each.
//!
//! Every resource must have an entry here, because a resource without a limit is a bug. `docs/resources.md` has the same
//! table. Tests compare the two, and check that each metric and each test exists.

use std::{fmt::Write as _, time::Duration};

use super::{
    access::MAX_RESERVED_BYTES,
    engine::plan::{
        arguments::page::MAX_PAGE_SIZE,
        grouping::{COLUMNS, MAX_BOUNDS, MAX_DIMENSIONS},
        search::{MAX_TEXT, MAX_WORDS},
    },
    http::{ConnectionLimits, HttpConfig, MAX_BODY, socket::SocketConfig},
    schema::Limits,
    store::{CONNECTIONS, SPARE_CONNECTIONS, TIME_LIMIT},
};

/// A resource of the service, as a row of the table.
pub struct Resource {
    /// Its name.
    pub name: &'static str,
    /// What the use counts against, such as a client.
    pub scope: Scope,
    /// The limit, with the flag that sets it.
    pub limit: String,
    /// What happens to a client that reaches the limit.
    pub reached: &'static str,
    /// The metric that shows its use, with the label.
    pub metric: &'static str,
    /// A test that reaches the limit.
    pub test: &'static str,
}

/// What the use of a resource counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One client: an API key, the subject of tokens, or the network of a client without credentials.
    Client,
    /// One network: an IPv4 address, or a /64 of IPv6.
    Network,
    /// One network connection.
    Connection,
    /// One socket.
    Socket,
    /// One request.
    Request,
    /// All clients together.
    AllClients,
}

/// The metric of requests that are refused because the budget of their client is too small.
const RATE_LIMITED: &str = r#"`dermagraph_refused_total{code="RATE_LIMITED"}`"#;

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Network => "network",
            Self::Connection => "connection",
            Self::Socket => "socket",
            Self::Request => "request",
            Self::AllClients => "all clients",
        }
    }
}

fn row(
    name: &'static str,
    scope: Scope,
    limit: String,
    reached: &'static str,
    metric: &'static str,
    test: &'static str,
) -> Resource {
    Resource { name, scope, limit, reached, metric, test }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

const fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

/// Returns all resources, in the order of `docs/resources.md`.
#[must_use]
pub fn all() -> Vec<Resource> {
    [operations(), connections(), sockets(), stored()].into_iter().flatten().collect()
}

/// What requests and operations use: processor time, memory, and the database.
fn operations() -> Vec<Resource> {
    let max_cost = Limits::default().cost;
    vec![
        row("Processor time before planning", Scope::Client, "`--rate-limit` points per minute; one point per request, per 64 KiB received or decompressed, per 100 tokens and per 4 KiB of a new document, per 500 planned selections, and per 4 KiB of variables".to_owned(),
            "429, before the work is done", RATE_LIMITED, "a_long_document_is_charged_once_and_before_preparation"),
        row("Processor time of refused requests", Scope::Client, "one point each; 600 refusals per minute are sent without delay, further ones are delayed to that rate; if the head of a request cannot be parsed, its connection counts against its network until the delay is over".to_owned(),
            "429, delayed by at most 30 s", RATE_LIMITED, "refused_requests_are_charged"),
        row("Processor time of health checks", Scope::Client, "600 per minute without delay, further ones delayed to that rate".to_owned(),
            "delayed by at most 30 s", "`dermagraph_requests_total`", "health_checks_of_one_client_are_paced"),
        row("Processor time of operations", Scope::Client, format!("`--rate-limit` points per minute; {max_cost} points per operation (`--max-cost`)"),
            "429, or `TOO_EXPENSIVE`", RATE_LIMITED, "what_costs_more_than_the_whole_budget_is_refused_with_its_cost"),
        row("Processor time and bytes of a page", Scope::Client, "the cost of its requests, as at `/graphql`".to_owned(),
            "429", RATE_LIMITED, "a_page_costs_what_its_requests_cost"),
        row("Bytes of the data of a page", Scope::Request, "1 MiB, of all its requests".to_owned(),
            "a page that names the limit", "`dermagraph_requests_total`", "a_page_reads_at_most_a_mebibyte"),
        row("Memory of the data of a page", Scope::Client, "its responses and the values that are parsed from them, until the page is made; it counts as memory for responses".to_owned(),
            "waits 2 s, then 503 `OVERLOADED`", "`dermagraph_reserved_bytes`", "the_data_of_a_page_counts_as_memory_of_its_client"),
        row("Parameters of a GET to `/graphql`", Scope::Request, "100".to_owned(),
            "400", r#"`dermagraph_refused_total{code="BAD_REQUEST"}`"#, "a_query_string_has_at_most_a_hundred_parameters"),
        row("Parameters of a page", Scope::Request, "16 KiB, and 100 values of a filter; a page has a link to remove each of the first 20 values".to_owned(),
            "400", r#"`dermagraph_refused_total{code="BAD_REQUEST"}`"#, "the_parameters_of_a_page_have_a_maximum_length"),
        row("Search of the reference", Scope::Request, format!("{MAX_WORDS} words and 100 characters, for one point; the 50 best matches are shown"),
            "400", r#"`dermagraph_refused_total{code="BAD_REQUEST"}`"#, "a_search_of_the_reference_finds_fields_arguments_values_and_descriptions"),
        row("Rows that filters and orders read", Scope::Client, "one point per 1000 rows estimated from the statistics of the tables; afterwards one per millisecond".to_owned(),
            "429", RATE_LIMITED, "a_filter_costs_what_it_may_read"),
        row("Words of a search", Scope::Request, format!("{MAX_WORDS} words and {MAX_TEXT} characters; each word counts as a filter that may read every record"),
            "`BAD_ARGUMENT` in the response", r#"`dermagraph_operation_errors_total{code="BAD_ARGUMENT"}`"#, "no_text_is_syntax"),
        row("Memory of a search", Scope::Client, "reserved until the list has been read: the blocks of the index that the search stores; for each word, up to 32 bytes per record that has the word; and 48 bytes per found record; each of these three counts only if it has at least 16 KiB; it counts as memory for responses; all searches of a client together may reserve half of the bytes that the other clients leave".to_owned(),
            "503 `OVERLOADED`", "`dermagraph_reserved_bytes`", "a_search_without_memory_is_refused"),
        row("Memory of the counts of facets", Scope::Client, "up to 40 facets share a statement; a facet by related records can share it if their table has at most 20,000 rows, a facet by a number if a sample has at most 100 different values; on SQLite, a statement of an expensive operation reserves 400 bytes for each value of each facet, and 10 for each byte of a text, until it ends: 305 MiB for 40 facets with 20,000 values each; it shares the limit of the memory of searches; on PostgreSQL, the server counts".to_owned(),
            "503 `OVERLOADED`; further facets have statements of their own", "`dermagraph_reserved_bytes`", "facets_without_memory_are_refused"),
        row("Groups of the entries of a list", Scope::Request, format!("{MAX_PAGE_SIZE} groups or values of a facet on a page, {MAX_DIMENSIONS} dimensions, {MAX_BOUNDS} bounds of ranges of a number, {} dimensions and aggregates in total; one point per 5000 rows", COLUMNS.len()),
            "`BAD_PAGE` or `BAD_ARGUMENT` in the response", r#"`dermagraph_operation_errors_total{code="BAD_ARGUMENT"}`"#, "errors_in_groups_and_facets_have_codes"),
        row("Time of reading from the database", Scope::Request, seconds(TIME_LIMIT), "`TIMEOUT` in the response", r#"`dermagraph_operation_errors_total{code="TIMEOUT"}`"#, "a_statement_that_takes_too_long_is_stopped"),
        row("Changes of a mutation", Scope::Client, "50 points per change, at most 100 changes per operation".to_owned(),
            "429, or `TOO_EXPENSIVE`", RATE_LIMITED, "an_operation_makes_at_most_a_hundred_changes_in_all"),
        row("Length of a text in a content document", Scope::Request, "20,000 characters; if lists can be sorted by it, 1000 bytes".to_owned(),
            "`INVALID` in the payload", "none", "a_text_has_at_most_twenty_thousand_characters"),
        row("Sources of a content document", Scope::Request, "100,000 of all its objects, with those that an object inherits".to_owned(),
            "`INVALID` in the payload", "none", "a_document_has_at_most_a_hundred_thousand_sources"),
        row("Records that a mutation concerns", Scope::Request, "100,000: those that it changes, those that depend on them, and those that are embedded in any of these; in addition, 100,000 to which these refer; their memory is not reserved: each is loaded as a row and as a document, which share their texts, and at most four mutations run at once".to_owned(),
            "`TOO_EXPENSIVE` in the response", r#"`dermagraph_operation_errors_total{code="TOO_EXPENSIVE"}`"#, "a_mutation_concerns_at_most_a_hundred_thousand_records"),
        row("Time of mutations", Scope::Client, "two permits, and two more for clients that have no permit yet; a mutation waits at most 10 s for a permit, and the clients get permits in turn; only one mutation is written at a time, and a prepared mutation waits at most a minute for that; a dry run counts as a mutation; changes of API keys need a permit for expensive operations instead".to_owned(),
            "503 `OVERLOADED` with `Retry-After`", "`dermagraph_publishing_running`, `dermagraph_publishing_waiting`", "a_mutation_waits_ten_seconds_for_a_permit"),
        row("Connections to the database", Scope::AllClients, format!("{CONNECTIONS} that read at once (`--database-connections`), and four for publications; the wait for one counts as time of reading or of a mutation"),
            "503 `UNAVAILABLE` with `Retry-After`", r#"`dermagraph_refused_total{code="UNAVAILABLE"}`"#, "a_reader_without_a_connection_is_refused_at_its_deadline"),
        row("Connections to the database for expensive operations", Scope::AllClients, format!("all but {SPARE_CONNECTIONS} of those that read, but at least one; each expensive operation that reads uses one, and so does each mutation whose payload is expensive to read; reading the statistics again uses one too; on PostgreSQL, each parallel read of any operation uses one more, while fewer than half of all connections that read are in use"), "waits, which counts as time of reading; then 503 `UNAVAILABLE` with `Retry-After`", r#"`dermagraph_refused_total{code="UNAVAILABLE"}`"#, "expensive_operations_leave_connections_for_other_reads"),
        row("Memory of statements", Scope::AllClients, "on SQLite, each connection stores at most 16 MiB of pages, each sort at most 16 MiB of rows, and each temporary table at most 2,000 KiB; there are at most two connections for each of `--database-connections`, one for each serving thread, four for publications and one for a dry run: 39 with 624 MiB of pages on two cores; a statement ends after the time of reading; on PostgreSQL, the settings of the server apply".to_owned(),
            "the other rows are in temporary files, which are removed when the statement ends", "none", "a_sort_that_needs_much_memory_uses_a_temporary_file"),
        row("Prepared statements", Scope::AllClients, "128 per connection to SQLite, each of at most 48 KiB, and 100 per connection to PostgreSQL; a filter has at most 256 conditions".to_owned(),
            "the least recently used one is closed", "none", "a_connection_stores_128_statements"),
        row("Files of the database", Scope::Client, "only mutations write to them, and the budget of a client limits its mutations; SQLite reuses its write-ahead log when the transactions that read from it have ended, each after at most 5 s".to_owned(),
            "429", RATE_LIMITED, "the_write_ahead_log_is_used_again"),
        row("Idempotency keys", Scope::AllClients, "one row for each mutation with a key, for a day, with a report of at most 256 KiB".to_owned(), "older ones are removed; a longer report is stored without its changes and warnings", "`dermagraph_operations_total`", "a_key_is_remembered_for_a_day"),
        row("Permits to prepare requests", Scope::Client, "for decompressing bodies, new documents, long plans, pages with long data or a long URL, and compressing responses of more than 32 KiB: one per core, and as many more for clients that have no permit yet; at most 1024 requests wait, each at most 2 s (`--queue-timeout`)".to_owned(),
            "503 `OVERLOADED` with `Retry-After`, first for the client with the most waiting requests; a response is sent uncompressed", "`dermagraph_preparing_running`, `dermagraph_preparing_waiting`", "when_the_queue_is_full_the_client_with_the_most_jobs_loses_its_last"),
        row("Permits to run expensive operations", Scope::Client, "for running them and compressing responses of more than 128 KiB: one per core (`--max-expensive`), but at most half as many as there are database connections for expensive operations, and at least one; the same number of further permits is for clients that have no permit yet; at most 1024 operations wait, each at most 2 s (`--queue-timeout`)".to_owned(),
            "503 `OVERLOADED` with `Retry-After`; a response is sent uncompressed", "`dermagraph_expensive_running`, `dermagraph_expensive_waiting`", "one_client_cannot_block_the_permits_of_others"),
    ]
}

/// What connections use: the bytes that arrive and are sent, time, and the streams of HTTP/2.
fn connections() -> Vec<Resource> {
    let limits = ConnectionLimits::default();
    vec![
        row("Bytes of a request head", Scope::Client, "at most 128 KiB on HTTP/1.1, 64 KiB on HTTP/2, 96 fields, of which the parts of a cookie are one, and 65,534 bytes for the URL; a complete head above 2 KiB reserves memory of its client until the response is created, and an incomplete head, or pipelined requests that wait, of 16 KiB or more reserve memory of their network; in these numbers, each field of a complete head after the 28th, and each line of the head of a waiting request, counts 512 bytes in addition; while 16 KiB of pipelined requests wait, nothing is read".to_owned(), "503 `OVERLOADED`, 431, 400", "`dermagraph_reserved_bytes`; none for a 431 on HTTP/2", "long_heads_count_as_memory_of_their_client"),
        row("Length of a host", Scope::Request, "261 bytes".to_owned(), "400", r#"`dermagraph_refused_total{code="BAD_REQUEST"}`"#, "a_host_has_a_maximum_length"),
        row("Members of a list in a header", Scope::Request, "64".to_owned(), "further ones are skipped", "none", "members_after_the_maximum_are_skipped"),
        row("Bytes of credentials", Scope::Request, "9 KiB".to_owned(), "401 `UNAUTHENTICATED`", r#"`dermagraph_refused_total{code="UNAUTHENTICATED"}`"#, "a_header_that_is_not_a_valid_bearer_credential_is_refused"),
        row("Encoded bytes of a body", Scope::Connection, "1.25 MiB with the framing of chunks, charged like the body; on HTTP/2, 1 MiB after the service has stopped reading the body".to_owned(), "the connection is closed; the stream of HTTP/2 is reset", r#"`dermagraph_connections_ended_total{reason="flood"}`, `dermagraph_streams_reset_total{reason="flood"}`"#, "framing_without_end_ends_the_connection"),
        row("Bytes of a connection per turn", Scope::Connection, "16 KiB read and 64 KiB written".to_owned(), "it waits in the queue of its network for its next turn", "`dermagraph_connections`", "a_connection_that_wakes_itself_has_one_turn_like_every_other"),
        row("Serving-thread time of a network", Scope::Network, "all connections of the network together, with the operations of their sockets and event streams, may use a serving thread for 1 ms until the thread next reads events; further connections wait in the queue of the network; each time that the thread has read events, the queues of all networks are served in turn, for 1 ms in total; a request of a proxy counts in the share of the network that the proxy reports".to_owned(), "they wait until the thread serves the queue of their network; a connection of HTTP/2 that has not processed all that it has read waits at the front of the queue of its network, and reads nothing until it is served", "`dermagraph_connections`", "the_connections_of_a_network_use_the_thread_in_sequence_and_only_for_a_limited_time"),
        row("Bytes of a body", Scope::Request, format!("{} MiB, also decompressed; 10 s; 20,000 JSON values, as for a message; memory is reserved for its bytes and for the values that are parsed from it; bytes that have arrived and are not read reserve memory of the network, from 16 KiB", mebibytes(MAX_BODY as u64)), "413, 408, 400", r#"`dermagraph_refused_total{code="PAYLOAD_TOO_LARGE"}`"#, "bodies_of_every_wrong_shape_are_refused"),
        row("Requests of a batch", Scope::Request, format!("{} (`--batch-limit`); other requests are served in between", HttpConfig::BATCH), "400 `BATCH_TOO_LARGE`", r#"`dermagraph_refused_total{code="BATCH_TOO_LARGE"}`"#, "a_batch_has_one_to_ten_requests"),
        row("Bytes sent", Scope::Client, "`--rate-limit` points per minute; one point per 10 kB, estimated before the operation and corrected after it; an operation that is not run is refunded".to_owned(), "429", RATE_LIMITED, "sent_bytes_are_charged"),
        row("Bytes of one response", Scope::Request, "16 MiB, also for a batch".to_owned(), "`RESPONSE_TOO_LARGE`", r#"`dermagraph_operation_errors_total{code="RESPONSE_TOO_LARGE"}`, of a batch `dermagraph_refused_total{code="RESPONSE_TOO_LARGE"}`"#, "a_response_has_a_maximum_length"),
        row("Bytes of responses that are being created or sent", Scope::Client, format!("{} MiB in total (`--response-memory`), a quarter per client, and at most half of what other clients leave; on HTTP/1.1, where a connection has one response at a time, a response below 16 KiB is not counted, and a connection with bytes that the kernel has not accepted reserves 64 KiB of the memory of its network; if none is left, the connection ends, but a socket, an event stream, a response that is counted, or a connection from a proxy continues without a reservation for these bytes; until the kernel has accepted them, nothing is read from the connection", mebibytes(MAX_RESERVED_BYTES)), "waits 2 s, then 503 `OVERLOADED`", "`dermagraph_reserved_bytes`", "bytes_are_reserved_up_to_a_share_per_client_and_a_limit_for_all"),
        row("Time of a response that waits for the client to read", Scope::Connection, format!("one second for each {} KiB, and {} in addition; only time in which data waits for the client counts", limits.min_rate >> 10, seconds(limits.stall_timeout)), "the connection, or the stream of HTTP/2, is reset", r#"`dermagraph_connections_ended_total{reason="untaken"}`"#, "a_client_that_reads_too_slowly_loses_its_connection"),
        row("Connections that wait to be accepted", Scope::AllClients, "1024, or `net.core.somaxconn` of the kernel if that is less".to_owned(), "the client tries again after a second", "none", "a_burst_of_connections_waits_to_be_accepted"),
        row("Connections", Scope::Network, format!("{} (`--max-connections`), a quarter per network (`--max-connections-per-address`); on HTTP/1.1, a response below 16 KiB, and up to 32 KiB of a body that arrives with its head, are not counted as memory: {} MiB for all connections", ConnectionLimits::MAX_CONNECTIONS, (ConnectionLimits::MAX_CONNECTIONS * 48) >> 10), "closed at once", "`dermagraph_connections`, `dermagraph_connections_refused_total`", "a_network_that_has_its_share_leaves_the_rest_to_others"),
        row("New connections", Scope::Network, format!("{} in {} ms, without `--client-header`", ConnectionLimits::MAX_NEW_PER_NETWORK, ConnectionLimits::BURST_TIME.as_millis()), "they wait up to 5 s, and count as open", "`dermagraph_connections`", "the_new_connections_of_a_network_are_served_at_a_limited_rate"),
        row("Connections to the metrics", Scope::AllClients, "64".to_owned(), "further ones wait to be accepted", "none", "connections_to_the_metrics_are_limited"),
        row("Time of a request head", Scope::Connection, seconds(limits.head_timeout), "408, closed", r#"`dermagraph_connections_ended_total{reason="head"}`"#, "a_later_head_that_does_not_end_ends_the_connection"),
        row("Time of an idle connection", Scope::Connection, seconds(limits.idle_timeout), "closed", r#"`dermagraph_connections_ended_total{reason="idle"}`"#, "a_connection_without_requests_is_kept_for_a_while"),
        row("Streams of HTTP/2", Scope::Connection, limits.max_streams.to_string(), "`REFUSED_STREAM`", "none", "the_limit_of_streams_is_announced"),
        row("Bytes that HTTP/2 buffers", Scope::Connection, "a slice of 32 KiB per stream; the response itself counts for its client until all of it is written".to_owned(), "the stream waits", "`dermagraph_reserved_bytes`", "of_each_unread_stream_one_slice_is_buffered"),
        row("Memory of streams of HTTP/2", Scope::Client, "20 KiB each until the response is written, 4 KiB while an event stream is sent; also the bytes of a body that have arrived and are not read, if there are 16 KiB or more; it counts as memory for responses; one stream of each connection needs none; without a proxy, a connection ends if more than 10 of its streams wait for their refusal".to_owned(), "`REFUSED_STREAM`, delayed like other refusals", r#"`dermagraph_streams_reset_total{reason="memory"}`"#, "each_stream_reserves_memory_until_its_short_response_is_sent"),
        row("Header table of HTTP/2", Scope::Network, "0 bytes; until the client turns its table off, memory is reserved for what the table may retain: for each head 2.6 times its bytes, and the bytes of other frames that arrived since the previous head, of which at most 32 KiB count; a total below 16 KiB reserves nothing; from 256 KiB, or if no memory is left, the service sends GOAWAY".to_owned(), "the client opens another connection; after 128 KiB more, the connection is closed", "`dermagraph_reserved_bytes`", "the_header_table_counts_as_memory_until_the_client_turns_it_off"),
        row("Useless frames of HTTP/2", Scope::Connection, format!("{} KiB, plus 256 bytes per request", limits.max_overhead >> 10), "the connection is closed", r#"`dermagraph_connections_ended_total{reason="flood"}`"#, "floods_of_frames_end_their_connection"),
    ]
}

/// What sockets and event streams use.
fn sockets() -> Vec<Resource> {
    let limits = SocketConfig::default();
    vec![
        row("Sockets before `connection_ack`", Scope::Client, format!("64 per client, and as many as `--max-sockets` in total; {} to send `connection_init`", seconds(limits.init_timeout)), "503 `TOO_MANY_SOCKETS`; 4408; above that total, the socket that has waited longest is closed with 1013", r#"`dermagraph_refused_total{code="TOO_MANY_SOCKETS"}`"#, "waiting_sockets_do_not_block_other_clients"),
        row("Sockets and event streams", Scope::Client, format!("{} (`--max-sockets`), a quarter per client (`--max-sockets-per-client`)", limits.max_sockets), "503 `TOO_MANY_SOCKETS`; 1013", "`dermagraph_sockets`", "the_number_of_sockets_is_limited"),
        row("JSON values of a message", Scope::Client, "20,000; memory is reserved for the message and for the values that are parsed from it, until the first result; a message above 16 KiB is parsed with a permit to prepare requests".to_owned(), "4400; `OVERLOADED`", "`dermagraph_reserved_bytes`", "the_values_of_a_message_count_as_memory_of_their_client"),
        row("Messages of a socket", Scope::Client, "one point each, and one per 64 KiB; also for pings".to_owned(), "`RATE_LIMITED`; delayed after 600 per minute", RATE_LIMITED, "messages_are_charged_and_delayed_without_budget"),
        row("Incomplete messages", Scope::Client, "counted as memory for responses, from 16 KiB".to_owned(), "1013", r#"`dermagraph_sockets_closed_total{code="1013"}`"#, "memory_is_reserved_for_incomplete_messages"),
        row("Bytes of a message", Scope::Socket, "1 MiB in at most 16,384 frames; refused at the header of the frame".to_owned(), "1009, 1008", r#"`dermagraph_sockets_closed_total{code="1009"}`"#, "a_frame_is_refused_at_its_header"),
        row("Time of a message", Scope::Socket, "10 s until it is complete".to_owned(), "1008", r#"`dermagraph_sockets_closed_total{code="1008"}`"#, "a_message_that_is_never_complete_ends_its_socket"),
        row("Operations of a socket", Scope::Socket, format!("{} (`--socket-max-operations`)", limits.max_operations), "`TOO_MANY_OPERATIONS`", r#"`dermagraph_refused_total{code="TOO_MANY_OPERATIONS"}`"#, "the_operations_of_a_socket_are_limited"),
        row("Time of a message that waits for the client to read", Scope::Socket, format!("one second for each {} KiB, and {} in addition", ConnectionLimits::MIN_RATE >> 10, seconds(limits.send_timeout)), "the socket is closed", r#"`dermagraph_connections_ended_total{reason="untaken"}`"#, "a_client_that_reads_nothing_loses_its_socket"),
        row("Operations of sockets and event streams", Scope::Client, "each reserves 4 KiB, also for the task that creates a response, and the memory of its variables and its plan until it ends; each response of a subscription has its cost".to_owned(), "`OVERLOADED`, `RATE_LIMITED`", "`dermagraph_reserved_bytes`", "every_operation_of_a_connection_reserves_memory_until_it_ends"),
    ]
}

/// What the service stores for later requests, and what it logs.
fn stored() -> Vec<Resource> {
    vec![
        row("Prepared documents", Scope::AllClients, "16 MiB".to_owned(), "entries that are not used again are removed", "`dermagraph_documents_bytes`", "the_entries_of_a_cache_have_a_maximum_size"),
        row("Memory of a plan", Scope::Request, "4 MiB; an operation that waits for a permit reserves the memory of its plan".to_owned(), "`TOO_EXPENSIVE`, `OVERLOADED`", "`dermagraph_reserved_bytes`", "a_plan_with_many_copies_of_a_filter_is_refused"),
        row("Plans", Scope::AllClients, "a quarter of `--response-cache`, at least 8 MiB".to_owned(), "entries that are not used again are removed", "`dermagraph_plans_bytes`", "the_entries_of_a_cache_have_a_maximum_size"),
        row("Response cache", Scope::AllClients, format!("{} MiB (`--response-cache`)", mebibytes(Limits::default().responses)), "entries that are not used again are removed", "`dermagraph_responses_bytes`", "the_sizes_of_responses_match_the_allocated_memory"),
        row("Statistics of tables", Scope::AllClients, "the number of rows of each table, and the lengths of texts and the numbers of different values in 256 rows of each table; read once after a publication, on a separate thread, for at most 2 % of the time".to_owned(), "the previous ones are used", "`dermagraph_operation_cost`", "statistics_are_read_for_at_most_two_percent_of_the_time"),
        row("Cache of API keys", Scope::AllClients, "1024 keys that exist, each for 5 s".to_owned(), "further keys are read from the database for each request", "none", "keys_are_cached_for_a_limited_time_and_in_limited_number"),
        row("Requests that wait for a key set", Scope::AllClients, "256, each for the end of one fetch, which takes at most 5 s".to_owned(), "503 `UNAVAILABLE`", r#"`dermagraph_refused_total{code="UNAVAILABLE"}`"#, "a_limited_number_of_requests_wait_for_a_key_set"),
        row("Refused origins in the log", Scope::AllClients, "100 origins of at most 300 bytes, each once".to_owned(), "further ones are not logged", "none", "each_origin_is_logged_once_up_to_a_maximum"),
        row("Budgets", Scope::AllClients, "one entry for each client whose budget is not full".to_owned(), "clients with a full budget are removed once a minute", RATE_LIMITED, "clients_with_a_full_budget_are_removed"),
        row("Bytes of the log", Scope::Request, "one line, with every part shortened; one line per minute for refused connections".to_owned(), "shortened", "`dermagraph_requests_total`", "a_line_of_the_log_has_a_longest_length"),
    ]
}

/// Returns the list as a Markdown table.
#[must_use]
pub fn table() -> String {
    let mut table =
        "| Resource | Counts against | Limit | At the limit | Metric | Test |\n|---|---|---|---|---|---|\n".to_owned();
    for Resource { name, scope, limit, reached, metric, test } in all() {
        let _ = writeln!(table, "| {name} | {} | {limit} | {reached} | {metric} | `{test}` |", scope.name());
    }
    table
}
