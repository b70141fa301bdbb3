//! What stands in for answers with certain codes.

use pointsman_plan as plan;

/// Pages, each for a set of codes; the first that fits counts.
#[derive(Debug)]
pub struct ErrorPages {
    pages: Box<[ErrorPage]>,
}

/// One of them.
#[derive(Debug)]
pub struct ErrorPage {
    statuses: Box<[(u16, u16)]>,
    /// Around the places of the code.
    pieces: Box<[Box<[u8]>]>,
    /// Key of the servers that have it.
    pub pool: Box<str>,
    /// Asked for with the Host `0.0.0.0`; else with the server's.
    pub pass_host: bool,
}

impl ErrorPages {
    /// Builds from the plan. What cannot stand in a request target is escaped.
    #[must_use]
    pub fn build(pages: &[plan::ErrorPage]) -> Self {
        let page = |page: &plan::ErrorPage| ErrorPage {
            statuses: page.statuses.iter().map(|range| (range.first, range.last)).collect(),
            pieces: page.query.trim_start_matches('/').split("{status}").map(escaped).collect(),
            pool: page.pool.as_str().into(),
            pass_host: page.pass_host,
        };
        Self { pages: pages.iter().map(page).collect() }
    }

    /// All, in order.
    #[must_use]
    pub fn pages(&self) -> &[ErrorPage] {
        &self.pages
    }

    /// Index of the page for answers with this status. A switch of protocols is no answer that a page could replace.
    #[must_use]
    pub fn find(&self, status: u16) -> Option<usize> {
        let covers = |page: &ErrorPage| page.statuses.iter().any(|&(first, last)| (first..=last).contains(&status));
        if status < 200 { None } else { self.pages.iter().position(covers) }
    }
}

impl ErrorPage {
    /// Appends path and query of the page.
    pub fn write_target(&self, status: u16, out: &mut Vec<u8>) {
        out.push(b'/');
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(status.to_string().as_bytes());
            }
            out.extend_from_slice(piece);
        }
    }
}

fn escaped(text: &str) -> Box<[u8]> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' | b'#' | 0x7f.. | 0..0x20 => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(query: &str, ranges: &[(u16, u16)]) -> ErrorPages {
        let statuses = ranges.iter().map(|&(first, last)| plan::StatusRange { first, last }).collect();
        let page = plan::ErrorPage { statuses, pool: "p".to_owned(), pass_host: false, query: query.to_owned() };
        ErrorPages::build(&[page])
    }

    #[test]
    fn ranges_have_both_their_ends() {
        let pages = pages("/", &[(404, 404), (500, 599), (100, 199)]);
        for (status, covered) in [(404, true), (403, false), (500, true), (599, true), (600, false), (101, false)] {
            assert_eq!(pages.find(status).is_some(), covered, "{status}");
        }
    }

    #[test]
    fn the_status_stands_wherever_it_is_asked_for() {
        for (query, expected) in [
            ("/{status}.html?code={status}", "/502.html?code=502"),
            ("error", "/error"),
            ("//x", "/x"),
            ("", "/"),
            ("/a b\r\n#", "/a%20b%0D%0A%23"),
        ] {
            let mut target = Vec::new();
            pages(query, &[(1, 2)]).pages()[0].write_target(502, &mut target);
            assert_eq!(String::from_utf8_lossy(&target), expected);
        }
    }
}
