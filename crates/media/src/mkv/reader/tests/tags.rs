//! Tags, Tracks and Info: what is read from them, and what is wrong with them.

use super::body::Body;
use super::{error, events};
use crate::frame::{AudioSettings, TrackKind};
use crate::mkv::ids;
use crate::mkv::reader::{Event, ReadErrorKind};

fn simple(name: &str, value: &str) -> Body {
    Body::default()
        .element(ids::TAG_NAME, name.as_bytes())
        .element(ids::TAG_STRING, value.as_bytes())
}

/// A body whose only `Tags` has the `Tag`s of `tags`.
fn tagged(tags: &Body) -> Body {
    Body::begin().element(ids::TAGS, &tags.0)
}

fn pairs(body: &Body) -> Vec<Vec<(String, String)>> {
    match events(body).pop() {
        Some(Event::Tags { tags, .. }) => tags.into_iter().map(|tag| tag.simple).collect(),
        other => panic!("{other:?}"),
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}

#[test]
fn nested_tags_are_flattened_depth_first() {
    let leaf = simple("leaf", "1");
    let inner = simple("inner", "2").element(ids::SIMPLE_TAG, &leaf.0);
    // Its children may come before its own name.
    let outer = Body::default()
        .element(ids::SIMPLE_TAG, &inner.0)
        .bytes(&simple("outer", "3").0)
        .element(ids::SIMPLE_TAG, &simple("second", "4").0);
    let tag = Body::default()
        .element(0x63C0, &[])
        .element(ids::SIMPLE_TAG, &outer.0)
        .element(ids::SIMPLE_TAG, &simple("last", "").0);
    let body = tagged(
        &Body::default()
            .element(ids::TAG, &tag.0)
            .element(ids::TAG, &[]),
    );
    let expected = vec![
        pair("outer", "3"),
        pair("inner", "2"),
        pair("leaf", "1"),
        pair("second", "4"),
        pair("last", ""),
    ];
    assert_eq!(pairs(&body), [expected, vec![]]);
}

#[test]
fn values_of_all_kinds() {
    let long = "v".repeat(65_536);
    let binary = Body::default()
        .element(ids::TAG_NAME, b"binary")
        .element(0x4485, &[0xFF, 0]);
    let tag = Body::default()
        .element(ids::SIMPLE_TAG, &simple("long", &long).0)
        .element(ids::SIMPLE_TAG, &binary.0)
        .element(ids::SIMPLE_TAG, &simple("padded\0\0", "grüß\0").0)
        .element(ids::SIMPLE_TAG, &[]);
    let body = tagged(&Body::default().element(ids::TAG, &tag.0));
    let expected = [
        pair("long", &long),
        pair("binary", ""),
        pair("padded", "grüß"),
        pair("", ""),
    ];
    assert_eq!(pairs(&body), [expected.to_vec()]);
}

#[test]
fn nesting_has_no_stack_to_overflow() {
    let deep = |levels| {
        (0..levels).fold(Body::default(), |body: Body, _| {
            Body::default().element(ids::SIMPLE_TAG, &body.0)
        })
    };
    let body = tagged(&Body::default().element(ids::TAG, &deep(3000).0));
    assert_eq!(pairs(&body)[0].len(), 3000);
    let body = tagged(&Body::default().element(ids::TAG, &deep(5000).0));
    assert_eq!(error(&body).kind, ReadErrorKind::TooMany { limit: 4096 });
}

#[test]
fn faults_inside_are_found_where_they_are() {
    let wrong = Body::default().bytes(&[0x45, 0xA3, 0x81, 0xFF]);
    let tag = Body::default().element(ids::SIMPLE_TAG, &wrong.0);
    let body = tagged(&Body::default().element(ids::TAG, &tag.0));
    let found = error(&body);
    assert_eq!(found.kind, ReadErrorKind::InvalidValue);
    assert_eq!(
        (found.offset, found.element),
        (body.len() - 4, Some(ids::TAG_NAME))
    );
    let tag = Body::default().element(ids::SIMPLE_TAG, &[0x45, 0xA3, 0x82, 0]);
    let body = tagged(&Body::default().element(ids::TAG, &tag.0));
    let found = error(&body);
    assert_eq!(found.kind, ReadErrorKind::ExceedsParent);
    assert_eq!(
        (found.offset, found.element),
        (body.len() - 4, Some(ids::SIMPLE_TAG))
    );
}

#[test]
fn timestamp_scales() {
    let scale = |data: &[u8]| {
        let info = Body::default().element(ids::TIMESTAMP_SCALE, data);
        Body::default()
            .header()
            .segment(None)
            .element(ids::INFO, &info.0)
    };
    for (data, expected) in [
        (&[0x03, 0xE8][..], 1000),
        (&[0, 0, 0x98, 0x96, 0x80], 10_000_000),
    ] {
        let read = events(&scale(data)).pop();
        assert_eq!(
            read,
            Some(Event::Info {
                timestamp_scale_ns: expected
            })
        );
    }
    let absent = Body::default()
        .header()
        .segment(None)
        .element(ids::INFO, &[]);
    assert_eq!(
        events(&absent).pop(),
        Some(Event::Info {
            timestamp_scale_ns: 1_000_000
        })
    );
    for data in [&[][..], &[0], &[0; 9]] {
        let found = error(&scale(data));
        assert_eq!(found.kind, ReadErrorKind::InvalidValue);
        assert_eq!(found.element, Some(ids::TIMESTAMP_SCALE));
    }
}

#[test]
fn tracks_as_sparse_as_they_come() {
    let entry = |entry: &Body| {
        let entries = Body::default().element(ids::TRACK_ENTRY, &entry.0);
        Body::default()
            .header()
            .segment(None)
            .element(ids::TRACKS, &entries.0)
    };
    let track = |body: &Body| match events(&entry(body)).pop() {
        Some(Event::Tracks { tracks, .. }) => tracks[0].clone(),
        other => panic!("{other:?}"),
    };
    let empty = track(&Body::default());
    assert_eq!(
        (empty.number, empty.uid, empty.kind),
        (0, 0, TrackKind::Other(0))
    );
    assert_eq!((empty.codec_id.as_str(), empty.codec_private), ("", None));
    let rate = Body::default().element(ids::SAMPLING_FREQUENCY, &16_000_f32.to_be_bytes());
    let subtitles = Body::default()
        .element(ids::TRACK_TYPE, &[17])
        .element(ids::DEFAULT_DURATION, &[0])
        .element(ids::AUDIO, &rate.0);
    let subtitles = track(&subtitles);
    assert_eq!(subtitles.kind, TrackKind::Other(17));
    assert_eq!(subtitles.default_duration_ns, None);
    let expected = AudioSettings {
        sample_rate_hz: 16_000.0,
        channels: 1,
        bit_depth: None,
    };
    assert_eq!(subtitles.audio, Some(expected));

    let wrong_rate = |data: &[u8]| Body::default().element(ids::SAMPLING_FREQUENCY, data);
    let wrong = [
        (
            Body::default().element(ids::TRACK_TYPE, &[1, 0]),
            ids::TRACK_TYPE,
        ),
        (
            Body::default().element(ids::TRACK_NUMBER, &[0; 9]),
            ids::TRACK_NUMBER,
        ),
        (
            Body::default().element(ids::CODEC_ID, &[0xC3]),
            ids::CODEC_ID,
        ),
        (
            Body::default().element(ids::AUDIO, &wrong_rate(&[0; 3]).0),
            ids::SAMPLING_FREQUENCY,
        ),
        (
            Body::default().element(ids::AUDIO, &wrong_rate(&f64::NAN.to_be_bytes()).0),
            ids::SAMPLING_FREQUENCY,
        ),
        (
            Body::default().element(ids::VIDEO, &[0xB0, 0x85, 1, 0, 0, 0, 0]),
            ids::PIXEL_WIDTH,
        ),
    ];
    for (inside, element) in wrong {
        let found = error(&entry(&inside));
        assert_eq!(
            (found.element, found.kind),
            (Some(element), ReadErrorKind::InvalidValue)
        );
    }
}
