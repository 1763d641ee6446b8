//! The smallest Matroska that PutMedia takes, byte by byte, so that a test knows where a
//! fragment begins and ends on the wire. The pictures in it are no pictures.

/// What stands before the first Cluster: EBML header, Segment of unknown size, Info and
/// one H.264 track without codec data.
pub fn header() -> Vec<u8> {
    let ebml = [
        element(&[0x42, 0x86], &[1]),
        element(&[0x42, 0xF7], &[1]),
        element(&[0x42, 0xF2], &[4]),
        element(&[0x42, 0xF3], &[8]),
        element(&[0x42, 0x82], b"matroska"),
        element(&[0x42, 0x87], &[2]),
        element(&[0x42, 0x85], &[2]),
    ];
    let info = element(&[0x2A, 0xD7, 0xB1], &1_000_000_u32.to_be_bytes());
    let video = [element(&[0xB0], &[2, 128]), element(&[0xBA], &[1, 224])].concat();
    let track = [
        element(&[0xD7], &[1]),
        element(&[0x73, 0xC5], &[1]),
        element(&[0x83], &[1]),
        element(&[0x86], b"V_MPEG4/ISO/AVC"),
        element(&[0xE0], &video),
    ];
    [
        element(&[0x1A, 0x45, 0xDF, 0xA3], &ebml.concat()),
        vec![0x18, 0x53, 0x80, 0x67, 0xFF],
        element(&[0x15, 0x49, 0xA9, 0x66], &info),
        element(
            &[0x16, 0x54, 0xAE, 0x6B],
            &element(&[0xAE], &track.concat()),
        ),
    ]
    .concat()
}

/// A Cluster of known size at a time, milliseconds, with a key frame and some more, ten a
/// second.
pub fn cluster(timecode_ms: u64, frames: i16) -> Vec<u8> {
    element(CLUSTER, &blocks(timecode_ms, frames))
}

/// A Cluster of unknown size, as the AWS producers write it: it ends where something else
/// begins.
pub fn open_cluster(timecode_ms: u64, frames: i16) -> Vec<u8> {
    [CLUSTER, &[0xFF], &blocks(timecode_ms, frames)].concat()
}

fn blocks(timecode_ms: u64, frames: i16) -> Vec<u8> {
    let mut inner = element(&[0xE7], &timecode_ms.to_be_bytes());
    for frame in 0..frames {
        let flags = if frame == 0 { 0x80 } else { 0 };
        let offset_ms = (frame * 100).to_be_bytes();
        let mut block = vec![0x81, offset_ms[0], offset_ms[1], flags];
        block.extend_from_slice(&[0, 0, 0, 2, 0x65, frame as u8]);
        inner.extend(element(&[0xA3], &block));
    }
    inner
}

/// The tag with which the AWS producers end a fragment.
pub fn end_of_fragment() -> Vec<u8> {
    let name = element(&[0x45, 0xA3], b"AWS_KINESISVIDEO_END_OF_FRAGMENT");
    let simple = element(&[0x67, 0xC8], &[name, element(&[0x44, 0x87], b"")].concat());
    element(&[0x12, 0x54, 0xC3, 0x67], &element(&[0x73, 0x73], &simple))
}

fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_vec();
    // Always eight bytes of size, as the producer SDKs write it.
    bytes.extend_from_slice(&((1 << 56) | body.len() as u64).to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

const CLUSTER: &[u8] = &[0x1F, 0x43, 0xB6, 0x75];
