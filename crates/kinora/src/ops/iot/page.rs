//! Pages of lists: the token is the last name, in hexadecimal digits.

use kvs::iot::{IotEntity, IotKind};

use crate::ops::iot::invalid;
use crate::ops::{ApiError, Caller, Cx};

/// A page of entities, and the token of the next.
///
/// # Errors
///
/// `InvalidRequestException` for a token that no answer had; the store's.
pub async fn page(
    cx: &Cx,
    caller: &Caller,
    kind: IotKind,
    token: Option<&str>,
    size: Option<i32>,
) -> Result<(Vec<IotEntity>, Option<String>), ApiError> {
    let size = size.and_then(|size| usize::try_from(size).ok());
    let size = size.unwrap_or(SIZE_DEFAULT).clamp(1, SIZE_MAX);
    let after = token.map(|token| name_of(token).ok_or_else(|| invalid("Invalid token")));
    let after = after.transpose()?;
    let store = &cx.server.store;
    let listed = store.iot_list(caller.account, kind, after.as_deref(), size + 1);
    let mut listed = listed.await?;
    let has_more = listed.len() > size;
    listed.truncate(size);
    let last = listed.last().filter(|_| has_more);
    let next = last.map(|last| token_of(last.name()));
    Ok((listed, next))
}

fn token_of(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn name_of(token: &str) -> Option<String> {
    let digits = token.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok()
    });
    String::from_utf8(pairs.collect::<Option<_>>()?).ok()
}

const SIZE_DEFAULT: usize = 25;
const SIZE_MAX: usize = 250;

#[cfg(test)]
mod tests {
    use super::{name_of, token_of};

    #[test]
    fn tokens_lead_back_to_names() {
        assert_eq!(name_of(&token_of("cam:1_ä")).as_deref(), Some("cam:1_ä"));
        for bad in ["x", "zz", "ff"] {
            assert_eq!(name_of(bad), None, "{bad}");
        }
    }
}
