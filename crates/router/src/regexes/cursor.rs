//! The text of an expression, read once from left to right.

/// Where the reading is, and whether ASCII is all it has met.
pub(super) struct Cursor<'p> {
    rest: &'p str,
    ascii: bool,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self { rest: pattern, ascii: true }
    }

    /// Whether the expression can be matched byte by byte on ASCII text.
    pub(super) fn ascii(&self) -> bool {
        self.ascii
    }

    pub(super) fn needs_unicode(&mut self) {
        self.ascii = false;
    }

    pub(super) fn rest(&self) -> &'p str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn peek_second(&self) -> Option<char> {
        self.rest.chars().nth(1)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.ascii &= next.is_ascii();
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// Skips as many bytes, which the caller has seen to be ASCII.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn eat_str(&mut self, wanted: &str) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.rest = &self.rest[wanted.len()..];
        }
        found
    }

    /// The text up to `end`, which is skipped.
    pub(super) fn until(&mut self, end: char) -> Option<String> {
        let (text, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(text.to_owned())
    }

    /// Reads the name in `[:name:]`.
    pub(super) fn posix_name(&mut self) -> Option<&'p str> {
        let (name, rest) = self.rest.strip_prefix("[:")?.split_once(":]")?;
        self.rest = rest;
        Some(name)
    }

    /// The character after a backslash that comes next; nothing is read.
    pub(super) fn escaped_letter(&self) -> Option<char> {
        self.rest.strip_prefix('\\')?.chars().next()
    }

    /// Reads the character an escape stands for, after its backslash.
    pub(super) fn escape(&mut self) -> Result<char, String> {
        let letter = self.next().ok_or("a backslash ends the expression")?;
        let value = match letter {
            '1'..='7' if !matches!(self.peek(), Some('0'..='7')) => {
                return Err(format!("`\\{letter}`: back-references are not supported"));
            }
            '0'..='7' => Some(self.octal(letter)),
            'x' => self.hexadecimal(),
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Some(u32::from(other)),
            _ => None,
        };
        let found = value.and_then(char::from_u32).ok_or_else(|| format!("`\\{letter}` is no escape"))?;
        self.ascii &= found.is_ascii();
        Ok(found)
    }

    fn octal(&mut self, first: char) -> u32 {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) else { break };
            value = value * 8 + digit;
            self.next();
        }
        value
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        if self.eat('{') {
            let digits = self.until('}')?;
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
            return if plain { u32::from_str_radix(&digits, 16).ok() } else { None };
        }
        let high = self.next()?.to_digit(16)?;
        let low = self.next()?.to_digit(16)?;
        Some(high * 16 + low)
    }
}
