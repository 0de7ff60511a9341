//! Valid and malformed frames.

use proptest::prelude::*;

use super::*;

/// Returns a masked frame. `first` is its first byte: flags and opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..0x1_0000 => {
            bytes.push(0xfe);
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            bytes.push(0xff);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Decodes bytes that arrive in pieces of this length.
fn decoded(bytes: &[u8], piece: usize) -> Result<Vec<Frame>, CloseReason> {
    let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        decoder.push(piece);
        while let Some(frame) = decoder.next()? {
            frames.push(frame);
        }
    }
    Ok(frames)
}

fn refusal(bytes: &[u8]) -> u16 {
    let codes: Vec<u16> = [1, bytes.len()].map(|piece| decoded(bytes, piece).expect_err("it is refused").code).into();
    assert_eq!(codes[0], codes[1]);
    codes[0]
}

#[test]
fn a_frame_is_refused_at_its_header() {
    // The header of a text of 2^40 bytes is enough to refuse it.
    assert_eq!(refusal(&[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0]), 1009);
    assert_eq!(refusal(&[0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 1]), 1009);
    let pieces = [frame(0x01, &vec![b'x'; 600 * 1024]), vec![0x80, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0]].concat();
    assert_eq!(refusal(&pieces), 1009);
    for broken in [
        frame(0xc1, b"{}"),
        frame(0xa1, b"{}"),
        frame(0x91, b"{}"),
        frame(0x83, b""),
        frame(0x8b, b""),
        b"\x81\x02{}".to_vec(),
        frame(0x80, b"{}"),
        [frame(0x01, b"{"), frame(0x81, b"}")].concat(),
        frame(0x09, b""),
        vec![0x89, 0xfe],
        vec![0x81, 0xfe, 0, 125],
        vec![0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
        vec![0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0],
        frame(0x88, b"\x03"),
    ] {
        assert_eq!(refusal(&broken), 1002, "{broken:x?}");
    }
    for not_text in
        [frame(0x81, b"\xff"), frame(0x88, b"\x03\xe8\xff"), [frame(0x01, b"\xe2\x82"), frame(0x80, b"x")].concat()]
    {
        assert_eq!(refusal(&not_text), 1007, "{not_text:x?}");
    }
    assert_eq!(refusal(&frame(0x82, b"{}")), 4400);
}

#[test]
fn a_message_has_a_limited_number_of_frames() {
    let endless = [frame(0x01, b"{"), frame(0x00, b"").repeat(MAX_FRAMES)].concat();
    assert_eq!(refusal(&endless), 1008);
    let many = [frame(0x01, b"{"), frame(0x00, b"").repeat(MAX_FRAMES - 2), frame(0x80, b"}")].concat();
    assert_eq!(decoded(&many, 4096), Ok(vec![Frame::Text("{}".to_owned())]));
}

#[test]
fn the_longest_message_is_read_in_one_frame_and_in_many() {
    let longest = "x".repeat(MAX_MESSAGE);
    let whole = frame(0x81, longest.as_bytes());
    assert_eq!(decoded(&whole, 32 * 1024), Ok(vec![Frame::Text(longest.clone())]));
    let mut pieces: Vec<Vec<u8>> = longest.as_bytes().chunks(1024).map(|piece| frame(0x00, piece)).collect();
    pieces[0][0] = 0x01;
    pieces.push(frame(0x80, b""));
    assert_eq!(decoded(&pieces.concat(), 32 * 1024), Ok(vec![Frame::Text(longest)]));
}

#[test]
fn a_message_is_incomplete_until_its_last_byte_has_arrived() {
    let mut decoder = Decoder::default();
    let mut is_incomplete = |bytes: &[u8]| {
        decoder.push(bytes);
        while decoder.next().expect("the frames are valid").is_some() {}
        decoder.is_incomplete()
    };
    assert!(is_incomplete(b"\x81"));
    assert!(!is_incomplete(&frame(0x81, b"{}")[1..]));
    assert!(is_incomplete(&frame(0x01, b"{")));
    assert!(is_incomplete(&frame(0x8a, b"")), "a pong does not complete the message around it");
    assert!(!is_incomplete(&frame(0x80, b"}")));
}

#[test]
fn no_memory_is_allocated_for_bytes_that_have_not_arrived() {
    let mut decoder = Decoder::default();
    decoder.push(&[0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4, b'x']);
    assert_eq!(decoder.next(), Ok(None));
    assert!(decoder.message.capacity() < 1024 && decoder.input.capacity() < 1024);
}

proptest! {
    #[test]
    fn the_frames_do_not_depend_on_the_pieces_in_which_bytes_arrive(
        parts in prop::collection::vec((".{0,300}", 0_usize..4, 0_usize..126), 0..12),
        piece in 1_usize..700,
    ) {
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for (text, pings, length) in parts {
            let middle = (0..=text.len()).rev().find(|at| *at <= text.len() / 2 && text.is_char_boundary(*at)).unwrap_or(0);
            bytes.extend(frame(0x01, &text.as_bytes()[..middle]));
            for _ in 0..pings {
                bytes.extend(frame(0x89, &vec![7; length]));
                bytes.extend(frame(0x8a, b""));
                expected.push(Frame::Ping(vec![7; length].into()));
                expected.push(Frame::Pong);
            }
            bytes.extend(frame(0x80, &text.as_bytes()[middle..]));
            expected.push(Frame::Text(text));
        }
        bytes.extend(frame(0x88, b"\x03\xe8bye"));
        expected.push(Frame::Close(Some(1000)));
        prop_assert_eq!(decoded(&bytes, piece), Ok(expected));
    }

    #[test]
    fn random_bytes_cause_no_panic_and_no_endless_loop(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decoded(&bytes, 7);
    }
}
