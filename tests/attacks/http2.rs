//! Attacks over HTTP/2 with handwritten frames: closed windows, resets, floods of control frames, header compression.

use std::{sync::Arc, time::Duration};

use crate::{
    attack::{Attack, Conduct, Piece, Reads, made, same},
    documents::aliases,
    frames::{
        END_HEADERS, END_STREAM, SHUT, WIDE, field, frame, get, get_block, get_fields, indexed, kind, opening,
        opening_before_acknowledgement, post, post_block, reset, streams, string, window,
    },
    lab,
    requests::{CHEAP, known, many, path, register},
};

const HTTP2: &[&str] = &["--http2"];
/// Seconds until a connection whose request never ends is closed: the body may take 10 s, and an idle connection 75 s.
const STREAM_AND_IDLE: u64 = 90;
/// Seconds until a connection whose responses are not read is closed: the streams are reset after 60 s, and an idle
/// connection is closed after 75 s.
const UNREAD_AND_IDLE: u64 = 140;
/// Streams that a piece opens.
const STREAMS: usize = 100;

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_http2() {
    lab::withstands(
        "HTTP/2",
        &[windows(), resets(), floods(), headers(), table(), bodies(), trailers()].into_iter().flatten().collect::<Vec<_>>(),
    );
}

/// An attack that sends pieces as fast as the server reads them.
pub fn pour(name: &'static str, connections: usize, start: Vec<u8>, piece: Piece) -> Attack {
    Attack::new(name, Conduct::hold(connections, same(start)).then(piece, Duration::ZERO)).on(HTTP2)
}

/// Pieces that each open new streams. Streams are numbered across all connections, because a client may skip numbers.
pub fn next_streams(each: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Piece {
    made(move |number| (0..STREAMS).flat_map(|at| each(2 * (number * STREAMS + at) + 1)).collect())
}

pub fn windows() -> Vec<Attack> {
    let document = aliases(400);
    let requests = |times: usize, path: String| streams(times, move |stream| get(stream, &path));
    let held = |name, connections, settings: &[(u16, u32)], times| {
        let bytes = [opening(settings), requests(times, known(&document))].concat();
        Attack::new(name, Conduct::hold(connections, same(bytes))).on(HTTP2).prepared(vec![register(&document)])
    };
    let open = [opening(&[WIDE]), window(0, 0x7fff_0000), requests(STREAMS, known(&document))].concat();
    let drip = made(|number| window(2 * (number % STREAMS) + 1, 1));
    let shut = [opening(&[SHUT]), requests(STREAMS, known(&document))].concat();
    // Its response has almost 16 KiB, is not cached, and takes little time.
    let short = format!("{{__type(name:\"Query\"){{{}}}}}", many(980, |at| format!("a{at:0>3}:kind")));
    let many_short = Conduct::hold(400, same([opening(&[SHUT]), requests(STREAMS, known(&short))].concat()));
    let of_short = |name, conduct| Attack::new(name, conduct).on(HTTP2).prepared(vec![register(&short)]);
    vec![
        held("100 long responses, windows closed", 1, &[SHUT], 100).ends(UNREAD_AND_IDLE),
        held("20 connections, windows closed", 20, &[SHUT], 100).ends(UNREAD_AND_IDLE),
        held("3,000 streams on one connection", 1, &[SHUT], 3000).ends(UNREAD_AND_IDLE),
        of_short("short responses on 400 connections, windows closed", many_short.clone()),
        of_short("short responses on 400 connections with an address each, windows closed", many_short.spread()),
        Attack::new("windows open, nothing read", Conduct::hold(20, same(open)).reads(Reads::Nothing))
            .on(HTTP2)
            .prepared(vec![register(&document)])
            .ends(70),
        Attack::new(
            "responses without a body, not read",
            Conduct::hold(50, same(opening(&[])))
                .then(next_streams(|stream| get(stream, "/playground/")), Duration::from_millis(500))
                .reads(Reads::Nothing),
        )
        .on(HTTP2),
        Attack::new("windows opened a byte at a time", Conduct::hold(5, same(shut)).then(drip, Duration::from_millis(5)))
            .on(HTTP2)
            .prepared(vec![register(&document)]),
        Attack::new(
            "100 streams that never end",
            Conduct::hold(
                50,
                same(
                    [opening(&[]), streams(STREAMS, |stream| frame(kind::HEADERS, END_HEADERS, stream, &post_block()))]
                        .concat(),
                ),
            ),
        )
        .on(HTTP2)
        .ends(STREAM_AND_IDLE),
        Attack::new("500 connections without streams", Conduct::hold(500, same(opening(&[])))).on(HTTP2).ends(80),
        Attack::new("the preface and half a frame", Conduct::hold(500, same(opening(&[])[..28].to_vec())))
            .on(HTTP2)
            .ends(80),
    ]
}

fn resets() -> Vec<Attack> {
    let cheap = path(CHEAP);
    let cheap = Arc::new(cheap);
    let (one, two, three, four) = (Arc::clone(&cheap), Arc::clone(&cheap), Arc::clone(&cheap), cheap);
    vec![
        pour("rapid reset", 10, opening(&[]), next_streams(move |stream| [get(stream, &one), reset(stream)].concat())),
        pour(
            "resets provoked by window updates of zero",
            10,
            opening(&[]),
            next_streams(move |stream| [get(stream, &two), window(stream, 0)].concat()),
        ),
        pour(
            "resets provoked by windows too large",
            10,
            opening(&[]),
            next_streams(move |stream| [get(stream, &three), window(stream, 0x7fff_ffff)].concat()),
        ),
        pour(
            "resets provoked by data after the end",
            10,
            opening(&[]),
            next_streams(move |stream| [get(stream, &four), frame(kind::DATA, 0, stream, b"x")].concat()),
        ),
    ]
}

fn floods() -> Vec<Attack> {
    let repeated = |name, piece: Vec<u8>| pour(name, 10, opening(&[]), same(piece.repeat(100)));
    vec![
        repeated("a flood of SETTINGS", frame(kind::SETTINGS, 0, 0, &[])),
        repeated("a flood of PING", frame(kind::PING, 0, 0, &[0; 8])),
        repeated("a flood of PRIORITY", frame(kind::PRIORITY, 0, 1, &[0, 0, 0, 0, 1])),
        repeated("a flood of WINDOW_UPDATE", window(0, 1)),
        repeated("a flood of unknown frames", frame(0xbb, 0, 0, &[0; 64])),
        Attack::new(
            "a flood of PING, not read",
            Conduct::hold(10, same(opening(&[])))
                .then(same(frame(kind::PING, 0, 0, &[0; 8]).repeat(100)), Duration::ZERO)
                .reads(Reads::Nothing),
        )
        .on(HTTP2),
    ]
}

fn headers() -> Vec<Attack> {
    let begun = |flags| frame(kind::HEADERS, flags, 1, &get_block("/graphql"));
    let continued = |payload: &[u8]| frame(kind::CONTINUATION, 0, 1, payload).repeat(20);
    let entry = [get_fields("/health/live"), indexed("x", &"x".repeat(4000))].concat();
    let bomb = [opening(&[]), frame(kind::HEADERS, END_HEADERS | END_STREAM, 1, &entry)].concat();
    let references = vec![0xbe; 16_000];
    let long = [get_block("/health/live"), field("x", &"x".repeat(15_000))].concat();
    // A field needs up to a hundred times its bytes. Of the second kind, each has one byte: a name of the static table.
    let distinct: Vec<u8> = (0..1700).flat_map(|at| field(&at.to_string(), "")).collect();
    let of_many_fields = |name, connections, heads, fields: &[u8]| {
        let block = [&get_block("/health/live")[..], fields].concat();
        let heads = streams(heads, |stream| frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &block));
        Attack::new(name, Conduct::hold(connections, same([opening(&[]), heads].concat()))).on(HTTP2)
    };
    vec![
        of_many_fields("heads of 1,700 short fields", 50, 20, &distinct),
        of_many_fields("heads of 1,700 fields of one byte", 500, 9, &[0x95; 1700]),
        pour(
            "CONTINUATION without an end",
            10,
            [opening(&[]), begun(END_STREAM)].concat(),
            same(continued(&field("x", &"x".repeat(1000)))),
        ),
        pour(
            "empty CONTINUATION without an end",
            10,
            [opening(&[]), begun(END_STREAM)].concat(),
            same(continued(&[]).repeat(50)),
        ),
        pour(
            "references to one large header",
            10,
            bomb,
            next_streams(move |stream| frame(kind::HEADERS, END_HEADERS | END_STREAM, stream + 2, &references)),
        ),
        pour(
            "long headers",
            10,
            opening(&[]),
            next_streams(move |stream| frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &long)),
        ),
    ]
}

/// Long heads that each add a short entry to the header table. An entry can retain the whole buffer of its head.
fn table() -> Vec<Attack> {
    const LETTERS: usize = 15_000;
    // `:method: GET`, `:scheme: http`, then `:path` by the index of its name, and `:authority` with indexing.
    let start = [vec![0x82, 0x86, 0x04], string(path(CHEAP).as_bytes()), vec![0x41], string(b"x")].concat();
    let long = field("x", &"x".repeat(LETTERS));
    let one = [&start[..], &long].concat();
    let in_one_frame = made(move |number| frame(kind::HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &one));
    let in_four_frames = made(move |number| {
        let stream = 2 * number + 1;
        let frames = [(kind::HEADERS, END_STREAM, &start), (kind::CONTINUATION, 0, &long), (kind::CONTINUATION, 0, &long)];
        let end = frame(kind::CONTINUATION, END_HEADERS, stream, &long);
        frames.map(|(kind, flags, payload)| frame(kind, flags, stream, payload)).into_iter().flatten().chain(end).collect()
    });
    let long_heads = |name, opening: Vec<u8>, heads: &Piece| {
        let conduct = Conduct::hold(200, same(opening)).then(Arc::clone(heads), Duration::from_millis(10));
        Attack::new(name, conduct).on(HTTP2)
    };
    vec![
        long_heads("entries of the header table in long heads", opening(&[]), &in_one_frame),
        long_heads("entries of the header table, in four frames", opening(&[]), &in_four_frames),
        long_heads(
            "entries of the header table, settings not acknowledged",
            opening_before_acknowledgement(&[]),
            &in_one_frame,
        ),
    ]
}

pub fn bodies() -> Vec<Attack> {
    let begun = [opening(&[]), frame(kind::HEADERS, END_HEADERS, 1, &post_block())].concat();
    let large = serde_json::json!({"query": crate::requests::of_procedures(1, &"name ".repeat(3000))}).to_string();
    vec![
        pour("empty DATA without an end", 10, begun.clone(), same(frame(kind::DATA, 0, 1, &[]).repeat(100))),
        Attack::new(
            "DATA a byte at a time",
            Conduct::hold(100, same(begun)).then(same(frame(kind::DATA, 0, 1, b" ")), Duration::from_millis(200)),
        )
        .on(HTTP2)
        .ends(STREAM_AND_IDLE),
        pour(
            "large documents on many streams",
            5,
            opening(&[]),
            next_streams(move |stream| if stream % 40 == 1 { post(stream, large.as_bytes()) } else { Vec::new() }),
        ),
    ]
}

/// Trailers of requests whose bodies the service does not read, because there is no such page, and whose responses wait for
/// the window. The trailers are references to one header, and need about a hundred times the memory of their bytes.
fn trailers() -> Vec<Attack> {
    const FEW: usize = 4;
    let entry = [get_fields("/health/live"), indexed("x", "y")].concat();
    let start = [opening(&[SHUT]), frame(kind::HEADERS, END_HEADERS | END_STREAM, 1, &entry)].concat();
    let (head, references) = (get_fields("/nothing"), vec![0xbe; 1800]);
    let each = move |number: usize| -> Vec<u8> {
        let streams = (0..FEW).map(|at| 2 * (number * FEW + at) + 1);
        let heads = streams.clone().flat_map(|stream| frame(kind::HEADERS, END_HEADERS, stream, &head));
        // While these bytes arrive, the service responds to the requests.
        let body = frame(kind::DATA, 0, 2 * number * FEW + 1, &[0; 16_000]).repeat(3);
        let ends = streams.flat_map(|stream| {
            [frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &references), reset(stream)].concat()
        });
        heads.chain(body).chain(ends).collect()
    };
    vec![pour("trailers of bodies that are not read", 10, start, made(each))]
}
