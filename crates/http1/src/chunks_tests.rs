use super::*;
use proptest::prelude::*;

/// Data, trailers and length of a body; `None` = not over yet.
type Decoded = Result<Option<(Vec<u8>, Vec<u8>, usize)>, Reject>;

/// Decodes input that arrives in pieces of `step` bytes.
fn decode(input: &[u8], step: usize) -> Decoded {
    let mut decoder = ChunkDecoder::new();
    let (mut data, mut at, mut arrived) = (Vec::new(), 0, 0);
    loop {
        match decoder.decode(&input[at..arrived])? {
            Chunked::Starved if arrived == input.len() => return Ok(None),
            Chunked::Starved => arrived = (arrived + step).min(input.len()),
            Chunked::Skip(count) => at += count,
            Chunked::Data(count) => {
                data.extend_from_slice(&input[at..at + count]);
                at += count;
            }
            Chunked::End(count) => return Ok(Some((data, decoder.trailers().to_vec(), at + count))),
        }
    }
}

fn whole(input: &str) -> Decoded {
    decode(input.as_bytes(), usize::MAX / 2)
}

#[test]
fn bodies() {
    let input = "5\r\nhello\r\n0006;ext=\"x\"\r\n world\r\n0\r\n\r\nrest";
    let (data, trailers, end) = whole(input).expect("valid").expect("over");
    assert_eq!((&data[..], &trailers[..], end), (&b"hello world"[..], &b""[..], input.len() - 4));
    assert_eq!(whole("0\r\n\r\n").expect("valid").expect("over").0, b"");
    assert!(whole("5\r\nhel").expect("valid so far").is_none());
}

#[test]
fn h1_12_h1_14_bare_line_ends_are_refused() {
    for bad in [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "0\n\r\n",
        "0\r\n\n",
        "5\rhello",
        "5;a\rb\r\nhello\r\n",
        "0\r\nX: a\rb\r\n\r\n",
        "0\r\nX: a\n\r\n",
    ] {
        assert!(whole(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn h1_17_malformed_sizes_are_refused() {
    for bad in [
        "0x5\r\n",
        "+5\r\n",
        "-0\r\n",
        " 5\r\n",
        "5_0\r\n",
        "\r\n",
        "00000000000000005\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        ";x\r\n",
        "5 5\r\n",
        "g\r\n",
        "\t5\r\n",
    ] {
        assert!(whole(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn h1_18_extensions_are_bounded() {
    let chunk = format!("1;{}\r\nx\r\n", "e".repeat(4_096));
    assert!(whole(&format!("{}0\r\n\r\n", chunk.repeat(3))).expect("valid").is_some());
    assert_eq!(whole(&format!("{}0\r\n\r\n", chunk.repeat(5))).expect_err("too many").status, 413);
    assert!(whole("1;\x01\r\nx\r\n0\r\n\r\n").is_err());
}

#[test]
fn h1_19_data_must_end_with_crlf() {
    assert!(whole("5\r\nhelloXX0\r\n\r\n").is_err());
}

#[test]
fn u_13_trailers_are_kept_unless_forbidden() {
    let forbidden =
        "Content-Length: 5\r\nhost: x\r\nTransfer-Encoding: chunked\r\nX_Forwarded_For: 1\r\nauthorization: x\r\n";
    let input = format!("0\r\nGrpc-Status:  0 \r\n{forbidden}X-Sum: abc\r\n\r\n");
    let (_, trailers, end) = whole(&input).expect("valid").expect("over");
    assert_eq!(String::from_utf8_lossy(&trailers), "Grpc-Status: 0\r\nX-Sum: abc\r\n");
    assert_eq!(end, input.len());
    assert!(whole("0\r\nA: b\r\n c\r\n\r\n").is_err());
    assert!(whole("0\r\nnonsense\r\n\r\n").is_err());
    assert_eq!(whole(&format!("0\r\n{}\r\n", "Host: x\r\n".repeat(3_000))).expect_err("too many").status, 431);
    assert_eq!(whole(&format!("0\r\nX: {}", "y".repeat(20_000))).expect_err("too long").status, 431);
}

#[test]
fn heads_of_chunks() {
    for length in [1, 9, 10, 15, 16, 255, 256, 4_096, 65_535, usize::MAX] {
        let mut out = Vec::new();
        write_chunk_head(&mut out, length);
        assert_eq!(String::from_utf8(out).expect("ASCII"), format!("{length:x}\r\n"));
    }
}

proptest! {
    #[test]
    fn any_split_gives_the_same_body(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..6),
        step in 1_usize..30,
        flaw in proptest::option::of((any::<usize>(), any::<u8>())),
    ) {
        let mut input = Vec::new();
        for chunk in &chunks {
            write_chunk_head(&mut input, chunk.len());
            input.extend_from_slice(chunk);
            input.extend_from_slice(b"\r\n");
        }
        input.extend_from_slice(b"0\r\nX: y\r\n\r\n");
        if let Some((at, byte)) = flaw {
            let at = at % input.len();
            input[at] = byte;
        }
        let at_once = decode(&input, input.len());
        prop_assert_eq!(&decode(&input, step), &at_once);
        if flaw.is_none() {
            let expected = (chunks.concat(), b"X: y\r\n".to_vec(), input.len());
            prop_assert_eq!(at_once, Ok(Some(expected)));
        }
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), step in 1_usize..9) {
        let _ = decode(&bytes, step);
    }
}
