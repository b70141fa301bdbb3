use super::*;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn header(length: usize, client: Option<&str>) -> Result<Start, Malformed> {
    Ok(Start::Header(Header { length, client: client.map(|text| text.parse().expect("an address")) }))
}

fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    bytes.extend([command, family]);
    bytes.extend(u16::try_from(rest.len()).expect("short").to_be_bytes());
    bytes.extend(rest);
    bytes
}

#[test]
fn lines_name_the_client() {
    for (line, expected) in [
        ("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", header(45, Some("192.0.2.1:56324"))),
        ("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\nGET /", header(44, Some("0.0.0.0:0"))),
        ("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", header(32, Some("[2001:db8::1]:1"))),
        ("PROXY UNKNOWN\r\n", header(15, None)),
        ("PROXY UNKNOWN whatever 1 2 3 4\r\n", header(32, None)),
        ("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r", Ok(Start::Partial)),
        ("PRO", Ok(Start::Partial)),
        ("", Ok(Start::Partial)),
        ("PROPFIND / HTTP/1.1\r\n", Ok(Start::Absent)),
        ("GET / HTTP/1.1\r\n", Ok(Start::Absent)),
        ("\r\nGET / HTTP/1.1\r\n", Ok(Start::Absent)),
    ] {
        assert_eq!(read(line.as_bytes()), expected, "{line:?}");
    }
}

#[test]
fn lines_that_are_not_exact_are_refused() {
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(100));
    for line in [
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 \r\n",
        "PROXY  TCP4 192.0.2.1 198.51.100.7 56324 443\r\n",
        "PROXY TCP4 192.0.2.01 198.51.100.7 56324 443\r\n",
        "PROXY TCP4 ::1 198.51.100.7 56324 443\r\n",
        "PROXY TCP4 192.0.2.1 ::1 56324 443\r\n",
        "PROXY TCP6 192.0.2.1 ::1 56324 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 +1 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 01 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7  443\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.7 1 443\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY / HTTP/1.1\r\n",
        "PROXY \r\n",
        &long,
    ] {
        assert!(read(line.as_bytes()).is_err(), "{line:?}");
    }
}

#[test]
fn binary_headers_name_the_client() {
    let four = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 187];
    let mut six = [0; 36];
    six[..16].copy_from_slice(&"2001:db8::1".parse::<Ipv6Addr>().expect("an address").octets());
    six[32..].copy_from_slice(&[0, 1, 0, 2]);
    let extended: Vec<u8> = four.into_iter().chain([4, 0, 3, b'a', b'b', b'c']).collect();
    for (bytes, expected) in [
        (binary(0x21, 0x11, &four), header(28, Some("192.0.2.1:56324"))),
        (binary(0x21, 0x11, &extended), header(34, Some("192.0.2.1:56324"))),
        (binary(0x21, 0x21, &six), header(52, Some("[2001:db8::1]:1"))),
        (binary(0x21, 0x12, &four), header(28, None)),
        (binary(0x21, 0x31, &[0; 216]), header(232, None)),
        (binary(0x21, 0x00, b"ext"), header(19, None)),
        (binary(0x20, 0x00, b""), header(16, None)),
        (binary(0x20, 0x11, &four), header(28, None)),
        (binary(0x21, 0x11, &four)[..27].to_vec(), Ok(Start::Partial)),
        (binary(0x21, 0x11, &four)[..13].to_vec(), Ok(Start::Partial)),
        // Extensions need not have come.
        (binary(0x21, 0x11, &extended)[..28].to_vec(), header(34, Some("192.0.2.1:56324"))),
    ] {
        assert_eq!(read(&bytes), expected, "{}", bytes.escape_ascii());
    }
    for (command, family, rest) in [
        (0x11, 0x11, &four[..]),
        (0x22, 0x11, &four),
        (0x31, 0x11, &four),
        (0x21, 0x11, &four[..11]),
        (0x21, 0x21, &four),
        (0x21, 0x31, &four),
        (0x21, 0x41, &four),
        (0x21, 0x13, &four),
        (0x20, 0x50, b""),
    ] {
        assert!(read(&binary(command, family, rest)).is_err(), "{command:x} {family:x}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(source: u32, source6: u128, port: u16, extensions in prop::collection::vec(any::<u8>(), 0..64)) {
        let (four, six) = (Ipv4Addr::from(source), Ipv6Addr::from(source6));
        for address in [SocketAddr::from((four, port)), SocketAddr::from((six, port))] {
            let (family, code, zero) = if address.is_ipv4() { ("TCP4", 0x11, "0.0.0.0") } else { ("TCP6", 0x21, "::") };
            let line = format!("PROXY {family} {} {zero} {port} 80\r\n", address.ip());
            prop_assert_eq!(read(line.as_bytes()), Ok(Start::Header(Header { length: line.len(), client: Some(address) })));
            let mut rest = match address.ip() {
                std::net::IpAddr::V4(ip) => [&ip.octets()[..], &[0; 4]].concat(),
                std::net::IpAddr::V6(ip) => [&ip.octets()[..], &[0; 16]].concat(),
            };
            rest.extend(port.to_be_bytes());
            rest.extend([0, 80]);
            rest.extend(&extensions);
            let bytes = binary(0x21, code, &rest);
            prop_assert_eq!(read(&bytes), Ok(Start::Header(Header { length: bytes.len(), client: Some(address) })));
        }
    }

    #[test]
    fn a_verdict_stays_whatever_follows(bytes in prop::collection::vec(any::<u8>(), 0..160), start in 0..3_usize) {
        let start = [&b""[..], text::SIGNATURE, binary::SIGNATURE][start];
        let whole = [start, &bytes[..]].concat();
        let mut verdict = Ok(Start::Partial);
        for end in 0..=whole.len() {
            let now = read(&whole[..end]);
            prop_assert!(verdict == Ok(Start::Partial) || now == verdict, "{:?}, then {:?}", verdict, now);
            prop_assert!(end < ENOUGH || now != Ok(Start::Partial));
            verdict = now;
        }
    }
}
