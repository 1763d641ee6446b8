//! Typed values of conditions: decimal numbers, moments, truths, bytes, addresses and networks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A decimal number in units of 10⁻⁹. At most 18 digits before and 9 behind the point.
pub(super) fn decimal(text: &str) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(halves) => halves,
        None => (digits, ""),
    };
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    let is_good = (1..=18).contains(&whole.len()) && fraction.len() <= 9;
    if !is_good || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let number: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
    Some(if is_negative { -number } else { number })
}

/// A moment in nanoseconds since 1970: seconds as a number, or one of the profiles of ISO 8601 in
/// the W3C note "Date and Time Formats". Four digits are a year.
pub(super) fn moment_ns(text: &str) -> Option<i128> {
    match text.len() {
        4 if text.bytes().all(|byte| byte.is_ascii_digit()) => {}
        _ => {
            if let Some(seconds) = decimal(text) {
                return Some(seconds);
            }
        }
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = digits(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |field| digits(field, 2))?;
    let day = fields.next().map_or(Some(1), |field| digits(field, 2))?;
    if fields.next().is_some() || (time.is_some() && date.len() != "yyyy-mm-dd".len()) {
        return None;
    }
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = jiff::civil::Date::new(i16::try_from(year).ok()?, month, day).ok()?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let of_day = time.map_or(Some(0), time_of_day_ns)?;
    Some(midnight.as_nanosecond() + of_day)
}

/// `hh:mm[:ss[.fff]]` and a zone: `Z` or `±hh:mm`.
fn time_of_day_ns(text: &str) -> Option<i128> {
    let at = text.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = text.split_at(at);
    let ahead_s = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            let ahead_s = hours * 3600 + minutes * 60;
            if hours > 23 || minutes > 59 {
                return None;
            }
            if zone.starts_with('-') {
                -ahead_s
            } else {
                ahead_s
            }
        }
    };
    let mut fields = clock.split(':');
    let (hour, minute) = (digits(fields.next()?, 2)?, digits(fields.next()?, 2)?);
    let (second, fraction) = match fields.next() {
        None => (0, ""),
        Some(field) => match field.split_once('.') {
            None => (digits(field, 2)?, ""),
            Some((_, "")) => return None,
            Some((second, fraction)) => (digits(second, 2)?, fraction),
        },
    };
    let is_good = fields.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    if !is_good || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: i128 = format!("{:0<9.9}", fraction).parse().ok()?;
    let seconds = i128::from(hour * 3600 + minute * 60 + second - ahead_s);
    Some(seconds * 1_000_000_000 + nanoseconds)
}

fn digits(text: &str, count: usize) -> Option<i32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// `true` or `false` in any case.
pub(super) fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The bytes of a base64 text.
pub(super) fn binary(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A network: an address, and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Reads `address` or `address/bits`.
    pub(super) fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => whole,
            Some(bits) => {
                let is_number =
                    (1..=3).contains(&bits.len()) && bits.bytes().all(|byte| byte.is_ascii_digit());
                let bits = is_number.then(|| bits.parse().ok()).flatten()?;
                (bits <= whole).then_some(bits)?
            }
        };
        // An IPv4 client on an IPv6 socket.
        match (address, bits) {
            (IpAddr::V6(six), 96..) => match six.to_ipv4_mapped() {
                Some(four) => Some(Cidr {
                    address: IpAddr::V4(four),
                    bits: bits - 96,
                }),
                None => Some(Cidr { address, bits }),
            },
            _ => Some(Cidr { address, bits }),
        }
    }

    /// Whether this is one address.
    pub(super) fn is_host(&self) -> bool {
        self.bits == if self.address.is_ipv4() { 32 } else { 128 }
    }

    /// Whether an address is in the network; those of the other family are not.
    pub(super) fn contains(&self, host: &Cidr) -> bool {
        match (self.address, host.address) {
            (IpAddr::V4(net), IpAddr::V4(host)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                Ipv4Addr::to_bits(net) & mask == Ipv4Addr::to_bits(host) & mask
            }
            (IpAddr::V6(net), IpAddr::V6(host)) => {
                let shift = 128 - u32::from(self.bits);
                let mask = u128::MAX.checked_shl(shift).unwrap_or(0);
                Ipv6Addr::to_bits(net) & mask == Ipv6Addr::to_bits(host) & mask
            }
            _ => false,
        }
    }
}
