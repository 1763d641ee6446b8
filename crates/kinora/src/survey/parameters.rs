//! The query of a request of our own.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::ops::ApiError;

/// Named texts; a name that is not known is refused.
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// `InvalidArgumentException`, also for names that are not among `known`.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Result<Parameters, ApiError> {
        let tree = aws::query::document(query.unwrap_or_default().as_bytes());
        let Ok(Value::Object(members)) = tree else {
            return Err(ApiError::invalid_argument("The query cannot be read."));
        };
        let mut values = HashMap::new();
        for (name, value) in members {
            let text = value.as_str().filter(|_| known.contains(&name.as_str()));
            let Some(text) = text else {
                let message = format!("'{name}' is none of {}.", known.join(", "));
                return Err(ApiError::invalid_argument(message));
            };
            values.insert(name, text.to_owned());
        }
        Ok(Parameters(values))
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// `InvalidArgumentException` unless it is one of the range.
    pub(super) fn number(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(ApiError::invalid_argument(format!(
                "{name} must be a whole number between {} and {}.",
                range.start(),
                range.end()
            ))),
        }
    }

    /// `from` and `to`, milliseconds since the epoch: `to` is now and `from` so much before
    /// it, unless they are given.
    ///
    /// # Errors
    ///
    /// `InvalidArgumentException`, also if they are the wrong way round.
    pub(super) fn range(&self, now_ms: u64, length_ms: u64) -> Result<(i64, i64), ApiError> {
        let now_ms = i64::try_from(now_ms).unwrap_or(TIME_MS_MAX);
        let to_ms = self.number("to", -TIME_MS_MAX..=TIME_MS_MAX)?;
        let to_ms = to_ms.unwrap_or(now_ms);
        let from_ms = self.number("from", -TIME_MS_MAX..=TIME_MS_MAX)?;
        let from_ms = from_ms.unwrap_or(to_ms.saturating_sub_unsigned(length_ms));
        if from_ms >= to_ms {
            return Err(ApiError::invalid_argument("from must be before to."));
        }
        Ok((from_ms, to_ms))
    }
}

/// The end of the year 9999.
const TIME_MS_MAX: i64 = 253_402_300_799_999;

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn mistakes_are_named() {
        let parse = |query| Parameters::parse(Some(query), &["from", "to", "max"]);
        let read = parse("from=5&to=&max=7").unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(read.number("max", 1..=9).ok(), Some(Some(7)));
        assert_eq!(read.range(9, 3).ok(), Some((5, 9)));
        for (query, needle) in [
            ("from=9&to=9", "from must be before to"),
            ("from=yesterday", "from must be a whole number"),
            ("to=999999999999999999", "to must be a whole number"),
        ] {
            let error = parse(query).and_then(|read| read.range(9, 3)).err();
            let message = error.map(|error| error.message).unwrap_or_default();
            assert!(message.contains(needle), "{query}: {message}");
        }
        for query in ["form=1", "from.a=1", "%zz=1"] {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
