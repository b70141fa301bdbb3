//! A chunked body yields the same data however it arrives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pointsman_http1::{ChunkDecoder, Chunked};

/// Data, trailers and bytes used; `None` when the body is refused or cut. `step`: bytes that arrive at a time.
fn decode(bytes: &[u8], step: usize) -> Option<(Vec<u8>, Vec<u8>, usize)> {
    let mut decoder = ChunkDecoder::new();
    let (mut data, mut position, mut arrived) = (Vec::new(), 0, 0);
    loop {
        match decoder.decode(&bytes[position..arrived]).ok()? {
            Chunked::Skip(count) => {
                assert!(count > 0);
                position += count;
            }
            Chunked::Data(count) => {
                assert!(count > 0);
                data.extend_from_slice(&bytes[position..position + count]);
                position += count;
            }
            Chunked::End(count) => return Some((data, decoder.trailers().to_vec(), position + count)),
            Chunked::Starved if arrived == bytes.len() => return None,
            Chunked::Starved => arrived = bytes.len().min(arrived + step),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let whole = decode(bytes, bytes.len().max(1));
    assert_eq!(whole, decode(bytes, 1));
    if let Some((data, _, used)) = whole {
        assert!(data.len() < used);
    }
});
