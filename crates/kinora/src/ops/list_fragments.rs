//! ListFragments:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_ListFragments.html>
//!
//! In order of the chosen clock. A token holds the selector and the last fragment of its
//! page, so later pages need no selector and see no fragment twice.

use aws::op::Op;
use aws::shapes::archived_media::{
    Fragment, FragmentSelectorType, ListFragmentsInput, ListFragmentsOutput,
};
use aws::value::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kvs::retention::horizon_ms;
use store::{FragmentCursor, FragmentRange, Origin, StoredFragment};

use crate::ops::{ApiError, Caller, Cx, resolve};

/// Lists a stream's stored fragments.
///
/// # Errors
///
/// `InvalidArgumentException`, `ResourceNotFoundException`.
pub async fn list_fragments(
    cx: &Cx,
    caller: &Caller,
    input: ListFragmentsInput,
) -> Result<ListFragmentsOutput, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let stream = resolve::stream(cx, caller, Op::ListFragments, name, arn).await?;
    let token = input.next_token.filter(|token| !token.is_empty());
    let page = match (token, input.fragment_selector) {
        (Some(token), _) => Page::parse(&token).ok_or_else(|| {
            ApiError::invalid_argument("NextToken is not one that ListFragments returned.")
        })?,
        (None, Some(selector)) => {
            let range = selector.timestamp_range;
            let origin = match selector.fragment_selector_type {
                FragmentSelectorType::ServerTimestamp => Origin::Server,
                FragmentSelectorType::ProducerTimestamp => Origin::Producer,
            };
            let (start_ms, end_ms) = (range.start_timestamp.0, range.end_timestamp.0);
            if end_ms < start_ms {
                let message = "EndTimestamp must not be before StartTimestamp.";
                return Err(ApiError::invalid_argument(message));
            }
            Page {
                origin,
                start_ms,
                end_ms,
                after: None,
            }
        }
        (None, None) => {
            let message = "FragmentSelector is required when NextToken is not given.";
            return Err(ApiError::invalid_argument(message));
        }
    };
    let limit = input.max_results.and_then(|max| usize::try_from(max).ok());
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    let oldest_ms = horizon_ms(cx.server.clock.now_ms(), stream.retention_hours);
    let range = FragmentRange {
        origin: page.origin,
        start_ms: page.start_ms,
        end_ms: page.end_ms,
        after: page.after,
        reverse: false,
        limit: limit + 1,
    };
    let mut listed = cx.server.store.fragments(stream.id, range).await?;
    let more = listed.len() > limit;
    listed.truncate(limit);
    let next_token = listed.last().filter(|_| more).map(|last| {
        Page {
            after: Some(last.cursor()),
            ..page
        }
        .token()
    });
    listed.retain(|fragment| fragment.meta.number.server_ms >= oldest_ms);
    let fragments = Some(listed.iter().map(shown).collect());
    Ok(ListFragmentsOutput {
        fragments,
        next_token,
    })
}

fn shown(stored: &StoredFragment) -> Fragment {
    let meta = &stored.meta;
    let size = [meta.header_len, meta.cluster_len, meta.trailer_len];
    Fragment {
        fragment_number: Some(meta.number.to_string()),
        fragment_size_in_bytes: Some(size.into_iter().map(i64::from).sum()),
        producer_timestamp: Some(Timestamp(meta.producer_ms)),
        server_timestamp: Some(Timestamp(meta.number.server_ms as i64)),
        fragment_length_in_milliseconds: Some(i64::from(meta.duration_ms)),
    }
}

/// What a token holds.
#[derive(Clone, Copy)]
struct Page {
    origin: Origin,
    start_ms: i64,
    end_ms: i64,
    after: Option<FragmentCursor>,
}

impl Page {
    fn token(&self) -> String {
        let origin = match self.origin {
            Origin::Server => 's',
            Origin::Producer => 'p',
        };
        let (start_ms, end_ms) = (self.start_ms, self.end_ms);
        let after = self
            .after
            .map_or((0, 0, 0), |c| (c.producer_ms, c.server_ms, c.sequence));
        let (producer_ms, server_ms, sequence) = after;
        let text = format!("f1:{origin}:{start_ms}:{end_ms}:{producer_ms}:{server_ms}:{sequence}");
        STANDARD.encode(text)
    }

    fn parse(token: &str) -> Option<Page> {
        let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let mut fields = text.strip_prefix("f1:")?.split(':');
        let origin = match fields.next()? {
            "s" => Origin::Server,
            "p" => Origin::Producer,
            _ => return None,
        };
        let mut number = || fields.next()?.parse::<i64>().ok();
        let (start_ms, end_ms, producer_ms) = (number()?, number()?, number()?);
        let (server_ms, sequence) = (number()?, number()?);
        let server_ms = u64::try_from(server_ms).ok()?;
        let sequence = u64::try_from(sequence).ok()?;
        let after = Some(FragmentCursor {
            producer_ms,
            server_ms,
            sequence,
        });
        fields.next().is_none().then_some(Page {
            origin,
            start_ms,
            end_ms,
            after,
        })
    }
}

/// Fragments per page if the caller does not say.
const PAGE_DEFAULT: usize = 100;
