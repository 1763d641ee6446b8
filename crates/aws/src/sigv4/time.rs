//! The three date forms a signed request may carry, to and from Unix seconds.

/// Reads `YYYYMMDDTHHMMSSZ` (ISO 8601 basic, always UTC), the form of `X-Amz-Date`.
/// Unix seconds, or `None` if the text is anything else.
pub(crate) fn parse_basic(text: &str) -> Option<i64> {
    let text = text.as_bytes();
    if text.len() != 16 || text[8] != b'T' || text[15] != b'Z' {
        return None;
    }
    let year = number(&text[0..4])?;
    let month = number(&text[4..6])?;
    let day = number(&text[6..8])?;
    let (hour, minute, second) = (
        number(&text[9..11])?,
        number(&text[11..13])?,
        number(&text[13..15])?,
    );
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Reads the value of a `Date` header: RFC 9110 §5.6.7 (`Sun, 06 Nov 1994 08:49:37 GMT`) and what
/// RFC 2822 allows besides, or the ISO 8601 basic form some signers put there. Unix seconds.
pub(crate) fn parse_date_header(text: &str) -> Option<i64> {
    parse_basic(text)
        .or_else(|| {
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|date| date.timestamp().as_second())
        })
        .filter(|second| (YEAR_0..YEAR_10000).contains(second))
}

/// Prints Unix seconds as `YYYYMMDDTHHMMSSZ`; seconds outside the years 0 to 9999 are clamped.
pub(crate) fn basic(second: i64) -> String {
    let second = second.clamp(YEAR_0, YEAR_10000 - 1);
    let (year, month, day) = civil_from_days(second.div_euclid(86_400));
    let rest = second.rem_euclid(86_400);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so
/// that the leap day is the last one and months have a regular pattern of lengths.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - MARCH_0_TO_1970
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + MARCH_0_TO_1970;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// Days from 0000-03-01 to 1970-01-01.
const MARCH_0_TO_1970: i64 = 719_468;
/// Days in 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// The first second of the year 0.
const YEAR_0: i64 = -62_167_219_200;
/// The first second of the year 10000.
const YEAR_10000: i64 = 253_402_300_800;

#[cfg(test)]
mod tests {
    use super::{YEAR_0, YEAR_10000, basic, parse_basic, parse_date_header};

    #[test]
    fn basic_form_round_trips_over_every_kind_of_year() {
        // 86,399 and a prime step touch every hour, month and leap rule of eight centuries.
        let mut second = -12_219_292_800;
        while second < 13_000_000_000 {
            assert_eq!(parse_basic(&basic(second)), Some(second), "{second}");
            second += 86_399 * 31 + 7;
        }
        for second in [YEAR_0, -1, 0, 951_782_400, 1_440_938_160, YEAR_10000 - 1] {
            assert_eq!(parse_basic(&basic(second)), Some(second), "{second}");
        }
        assert_eq!(basic(1_440_938_160), "20150830T123600Z");
        assert_eq!(basic(i64::MAX), "99991231T235959Z");
        assert_eq!(basic(i64::MIN), "00000101T000000Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20150830",
            "20150830T123600",
            "2015-08-30T12:36:00Z",
            "20150830T123600+",
            "20150230T123600Z",
            "20150229T123600Z",
            "20151301T123600Z",
            "20150800T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "2015083 T123600Z",
            "+0150830T123600Z",
        ] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
        assert!(parse_basic("20160229T000000Z").is_some());
        assert!(parse_basic("20000229T000000Z").is_some());
        assert_eq!(parse_basic("19000229T000000Z"), None);
    }

    #[test]
    fn date_header_is_read_in_its_usual_forms() {
        for text in [
            "Sun, 30 Aug 2015 12:36:00 GMT",
            "Sun, 30 Aug 2015 12:36:00 +0000",
            "30 Aug 2015 14:36:00 +0200",
            "20150830T123600Z",
        ] {
            assert_eq!(parse_date_header(text), Some(1_440_938_160), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "Mon, 30 Aug 2015 12:36:00 GMT",
            "1440938160",
        ] {
            assert_eq!(parse_date_header(text), None, "{text}");
        }
    }
}
