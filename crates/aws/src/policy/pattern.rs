//! Wildcards: `*` for any number of characters, `?` for exactly one, everything else for itself.
//!
//! A pattern is cut at its stars. What stands before the first must begin the text, what stands
//! behind the last must end it, and each piece between is looked for from left to right, where
//! taking the first place is always right. No step is ever taken back, so the time is linear in the
//! text for pieces without `?`, and linear times a 64th of the piece for those with it.

/// A character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Itself.
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Glob {
    /// `*`
    Any,
    /// No star.
    Whole(Piece),
    /// Pieces between stars, any of which may be empty.
    Starred {
        head: Piece,
        middle: Box<[Piece]>,
        tail: Piece,
    },
}

/// What stands between two stars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// No `?` in it.
    Literal(Box<str>),
    /// With at least one `?`, which is `None`.
    Masked(Masked),
}

/// A piece with `?` and what a search for it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Masked {
    chars: Box<[Option<char>]>,
    /// A bit for each place where a character must stand: the character, which 64 places, and
    /// their bits if there is one, sorted. As long as the piece, however many characters differ.
    places: Box<[(char, usize, u64)]>,
    /// The same for the places where any character may stand, all 64 by 64.
    others: Box<[u64]>,
}

impl Glob {
    /// The pattern of a text in which `*` and `?` are wildcards.
    pub(super) fn new(text: &str) -> Glob {
        Glob::compile(&text.chars().map(Token::wild).collect::<Vec<_>>())
    }

    /// The pattern of tokens.
    pub(super) fn compile(tokens: &[Token]) -> Glob {
        let mut pieces: Vec<Piece> = tokens
            .split(|token| *token == Token::Any)
            .map(Piece::new)
            .collect();
        if pieces.len() > 2 {
            // Two stars in a row are one.
            let last = pieces.len() - 1;
            let mut index = 0;
            pieces.retain(|piece| {
                index += 1;
                index == 1 || index > last || !piece.is_empty()
            });
        }
        let Some(tail) = pieces.pop() else {
            return Glob::Whole(Piece::Literal("".into()));
        };
        if pieces.is_empty() {
            return Glob::Whole(tail);
        }
        let head = pieces.remove(0);
        if head.is_empty() && tail.is_empty() && pieces.is_empty() {
            return Glob::Any;
        }
        let middle = pieces.into();
        Glob::Starred { head, middle, tail }
    }

    /// Whether the pattern is all of `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            // Lengths tell most texts apart.
            Self::Whole(Piece::Literal(piece)) => **piece == *text,
            Self::Whole(piece) => piece.begins(text).is_some_and(str::is_empty),
            Self::Starred { head, middle, tail } => {
                let Some(rest) = head.begins(text) else {
                    return false;
                };
                let Some(mut rest) = tail.ends(rest) else {
                    return false;
                };
                for piece in middle {
                    match piece.after_first(rest) {
                        Some(after) => rest = after,
                        None => return false,
                    }
                }
                true
            }
        }
    }
}

impl Token {
    /// The token of a character where wildcards count.
    pub(super) fn wild(c: char) -> Token {
        match c {
            '*' => Token::Any,
            '?' => Token::One,
            c => Token::Char(c),
        }
    }
}

impl Piece {
    fn new(tokens: &[Token]) -> Piece {
        let chars = || {
            tokens.iter().map(|token| match token {
                Token::Char(c) => Some(*c),
                Token::One | Token::Any => None,
            })
        };
        match chars().collect::<Option<String>>() {
            Some(text) => Self::Literal(text.into()),
            None => Self::Masked(Masked::new(chars().collect())),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Literal(text) if text.is_empty())
    }

    /// The rest of a text that begins with the piece.
    fn begins<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(piece) => text.strip_prefix(&**piece),
            Self::Masked(piece) => {
                let mut rest = text.chars();
                for wanted in &piece.chars {
                    let found = rest.next()?;
                    if wanted.is_some_and(|wanted| wanted != found) {
                        return None;
                    }
                }
                Some(rest.as_str())
            }
        }
    }

    /// The rest of a text that ends with the piece.
    fn ends<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(piece) => text.strip_suffix(&**piece),
            Self::Masked(piece) => {
                let mut rest = text.chars();
                for wanted in piece.chars.iter().rev() {
                    let found = rest.next_back()?;
                    if wanted.is_some_and(|wanted| wanted != found) {
                        return None;
                    }
                }
                Some(rest.as_str())
            }
        }
    }

    /// What stands behind the first place of the piece in a text.
    fn after_first<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(piece) => {
                let at = text.find(&**piece)?;
                Some(&text[at + piece.len()..])
            }
            Self::Masked(piece) => piece.after_first(text),
        }
    }
}

impl Masked {
    fn new(chars: Box<[Option<char>]>) -> Masked {
        let mut others = vec![0; chars.len().div_ceil(64)].into_boxed_slice();
        let mut places: Vec<(char, usize, u64)> = Vec::new();
        for (index, c) in chars.iter().enumerate() {
            let (word, bit) = (index / 64, 1 << (index % 64));
            match c {
                None => others[word] |= bit,
                Some(c) => places.push((*c, word, bit)),
            }
        }
        places.sort_unstable();
        places.dedup_by(|next, kept| {
            let is_same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 |= if is_same { next.2 } else { 0 };
            is_same
        });
        let places = places.into();
        Masked {
            chars,
            places,
            others,
        }
    }

    /// Shift-And (Baeza-Yates and Gonnet, "A New Approach to Text Searching", 1992): bit `i` of the
    /// state says that the last `i + 1` characters match the first of the piece.
    fn after_first<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.chars.len() > text.len() {
            return None;
        }
        let mut few = [0; 4];
        let mut many;
        let state: &mut [u64] = match few.get_mut(..self.others.len()) {
            Some(state) => state,
            None => {
                many = vec![0; self.others.len()];
                &mut many
            }
        };
        let last = self.chars.len() - 1;
        for (at, c) in text.char_indices() {
            let first = self.places.partition_point(|(known, ..)| *known < c);
            let mut own = self.places[first..].iter().peekable();
            let mut carry = 1;
            for (index, (word, others)) in state.iter_mut().zip(&self.others).enumerate() {
                let here = own.next_if(|(known, at, _)| *known == c && *at == index);
                let places = *others | here.map_or(0, |(.., bits)| *bits);
                let next = *word >> 63;
                *word = (*word << 1 | carry) & places;
                carry = next;
            }
            if state[last / 64] >> (last % 64) & 1 == 1 {
                return Some(&text[at + c.len_utf8()..]);
            }
        }
        None
    }
}

/// The action patterns of a statement, sorted by service, so that a statement that speaks of
/// other services costs one look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ActionSet {
    /// `*` or `*:*` is among them.
    any: bool,
    /// The bits of the services' names: most statements are about others, and this tells so
    /// without a look at their patterns.
    bits: u64,
    vendors: Box<[Vendor]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Vendor {
    vendor: Box<str>,
    /// Names without wildcards, sorted.
    names: Box<[Box<str>]>,
    globs: Box<[Glob]>,
}

impl ActionSet {
    /// The set of patterns that were found to be `*` or `vendor:name`.
    pub(super) fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> ActionSet {
        let mut lower: Vec<String> = patterns.map(str::to_ascii_lowercase).collect();
        let any = lower
            .iter()
            .any(|pattern| pattern == "*" || pattern == "*:*");
        lower.sort_unstable();
        let mut vendors: Vec<Vendor> = Vec::new();
        // Sorted, the patterns of a service stand together.
        for group in lower.chunk_by(|a, b| a.split(':').next() == b.split(':').next()) {
            vendors.extend(Vendor::new(group));
        }
        vendors.sort_unstable_by(|a, b| a.vendor.cmp(&b.vendor));
        let bits = vendors.iter().map(|known| bit(&known.vendor));
        ActionSet {
            any,
            bits: bits.fold(0, |bits, bit| bits | bit),
            vendors: vendors.into(),
        }
    }

    /// Whether one of the patterns is about a service, such as `kinesisvideo`.
    pub(super) fn is_about(&self, service: &str) -> bool {
        self.any || self.vendor(service).is_some()
    }

    /// Whether every action of a service matches.
    pub(super) fn is_all_of(&self, service: &str) -> bool {
        let vendor = self.vendor(service);
        self.any || vendor.is_some_and(|vendor| vendor.globs.contains(&Glob::Any))
    }

    fn vendor(&self, service: &str) -> Option<&Vendor> {
        let mut vendors = self.vendors.iter();
        vendors.find(|vendor| vendor.vendor.eq_ignore_ascii_case(service))
    }

    /// Whether one of the patterns matches.
    pub(super) fn contains(&self, action: &Action<'_>) -> bool {
        if self.any {
            return true;
        }
        if self.bits & action.bit == 0 {
            return false;
        }
        let Action { vendor, name, .. } = *action;
        let found = match self.vendors.len() {
            // Of a few, comparing lengths first is quicker than halving.
            0..=8 => self.vendors.iter().find(|known| *known.vendor == *vendor),
            _ => {
                let found = self
                    .vendors
                    .binary_search_by(|known| (*known.vendor).cmp(vendor));
                found.ok().map(|found| &self.vendors[found])
            }
        };
        let Some(known) = found else { return false };
        known.globs.iter().any(|glob| glob.matches(name))
            || known
                .names
                .binary_search_by(|known| (**known).cmp(name))
                .is_ok()
    }
}

impl Vendor {
    /// Patterns of one service.
    fn new(patterns: &[String]) -> Option<Vendor> {
        let (vendor, _) = patterns.first()?.split_once(':')?;
        let names = || {
            patterns
                .iter()
                .filter_map(|pattern| pattern.split_once(':'))
        };
        let is_wild = |name: &str| name.contains(['*', '?']);
        let plain = names().filter(|(_, name)| !is_wild(name));
        let wild = names().filter(|(_, name)| is_wild(name));
        Some(Vendor {
            vendor: vendor.into(),
            names: plain.map(|(_, name)| name.into()).collect(),
            globs: wild.map(|(_, name)| Glob::new(name)).collect(),
        })
    }
}

/// An action in lower case, without an allocation for those of usual length.
pub(super) enum Lowered {
    Short { bytes: [u8; 64], length: usize },
    Long(String),
}

impl Lowered {
    pub(super) fn new(action: &str) -> Lowered {
        let mut bytes = [0; 64];
        match bytes.get_mut(..action.len()) {
            Some(place) => {
                place.copy_from_slice(action.as_bytes());
                place.make_ascii_lowercase();
                let length = action.len();
                Self::Short { bytes, length }
            }
            None => Self::Long(action.to_ascii_lowercase()),
        }
    }

    pub(super) fn action(&self) -> Action<'_> {
        let text = match self {
            Self::Short { bytes, length } => {
                std::str::from_utf8(&bytes[..*length]).unwrap_or_default()
            }
            Self::Long(text) => text,
        };
        let (vendor, name) = text.split_once(':').unwrap_or(("", text));
        let bit = bit(vendor);
        Action { vendor, name, bit }
    }
}

/// The action of a request in lower case, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Action<'a> {
    vendor: &'a str,
    name: &'a str,
    /// Of the service's name.
    bit: u64,
}

/// One of 64 bits for a service's name; others may have the same.
fn bit(vendor: &str) -> u64 {
    let mixed = vendor.bytes().fold(vendor.len() as u32, |mixed, byte| {
        mixed.wrapping_mul(31) ^ u32::from(byte)
    });
    1 << (mixed & 63)
}

/// The six fields of an ARN, as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    /// `arn`, partition, service, region, account.
    pub(super) leading: [&'a str; 5],
    /// Everything behind; may hold colons.
    pub(super) rest: &'a str,
}

impl<'a> Fields<'a> {
    /// Takes a text with at least five colons apart; `None` for any other.
    pub(super) fn split(text: &'a str) -> Option<Fields<'a>> {
        let mut fields = text.splitn(6, ':');
        let mut leading = [""; 5];
        for field in &mut leading {
            *field = fields.next()?;
        }
        let rest = fields.next()?;
        Some(Fields { leading, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::{ActionSet, Glob, Lowered, Piece};

    /// The same by the book, in quadratic time.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        let mut row = vec![false; text.len() + 1];
        row[0] = true;
        for p in pattern {
            let mut next = vec![false; text.len() + 1];
            next[0] = row[0] && *p == '*';
            for (index, c) in text.iter().enumerate() {
                next[index + 1] = match p {
                    '*' => row[index + 1] || next[index],
                    '?' => row[index],
                    p => row[index] && p == c,
                };
            }
            row = next;
        }
        row[text.len()]
    }

    #[test]
    fn every_short_pattern_on_every_short_text() {
        let texts = words(&['a', 'b', 'é'], 5);
        for pattern in words(&['a', 'b', '*', '?'], 5) {
            let glob = Glob::new(&pattern);
            let chars: Vec<char> = pattern.chars().collect();
            for text in &texts {
                let expected = naive(&chars, &text.chars().collect::<Vec<_>>());
                assert_eq!(glob.matches(text), expected, "{pattern} on {text}");
            }
        }
    }

    fn words(letters: &[char], longest: usize) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut from = 0;
        for _ in 0..longest {
            let to = words.len();
            for index in from..to {
                for letter in letters {
                    words.push(format!("{}{letter}", words[index]));
                }
            }
            from = to;
        }
        words
    }

    #[test]
    fn pieces_longer_than_a_word_are_found() {
        let piece = "a?".repeat(100);
        let glob = Glob::new(&format!("*{piece}*"));
        assert!(glob.matches(&format!("xx{}yy", "ab".repeat(100))));
        assert!(glob.matches(&"a".repeat(200)));
        assert!(!glob.matches(&"a".repeat(199)));
        assert!(!glob.matches(&format!("xx{}yy", "ab".repeat(99))));
        assert!(!glob.matches(&format!("{}b{}", "ab".repeat(60), "ab".repeat(60))));
    }

    #[test]
    fn a_piece_takes_as_much_memory_as_it_is_long() {
        let letters = (0..20_000).filter_map(|n| char::from_u32(0x4e00 + n));
        let piece: String = letters.chain(['?']).collect();
        let Glob::Starred { middle, .. } = Glob::new(&format!("*{piece}*")) else {
            panic!("two stars");
        };
        let [Piece::Masked(masked)] = &*middle else {
            panic!("one piece");
        };
        assert_eq!(masked.places.len(), 20_000);
        assert_eq!(masked.others.len(), 20_001_usize.div_ceil(64));
    }

    #[test]
    fn actions_ignore_case_and_need_their_service() {
        let set = ActionSet::new(
            [
                "kinesisvideo:Get*",
                "IAM:ListUsers",
                "s3:*",
                "kinesisvideo:put?edia",
            ]
            .into_iter(),
        );
        for (action, expected) in [
            ("kinesisvideo:GetMedia", true),
            ("kinesisvideo:Get", true),
            ("KinesisVideo:getClip", true),
            ("kinesisvideo:PutMedia", true),
            ("kinesisvideo:DescribeStream", false),
            ("kinesisvide:GetMedia", false),
            ("iam:listusers", true),
            ("iam:ListUsersX", false),
            ("s3:", true),
            ("s3", false),
            ("", false),
        ] {
            assert_eq!(
                set.contains(&Lowered::new(action).action()),
                expected,
                "{action}"
            );
        }
        let long = format!("s3:{}", "X".repeat(100));
        assert!(set.contains(&Lowered::new(&long).action()));
        let long = format!("t3:{}", "X".repeat(100));
        assert!(!set.contains(&Lowered::new(&long).action()));
        assert!(ActionSet::new(["*:*"].into_iter()).contains(&Lowered::new("a:b").action()));
    }
}
