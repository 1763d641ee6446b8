//! The initialisation segment: `ftyp` and `moov` for one track.

use std::num::NonZeroU32;

use bytes::Bytes;
use shiguredo_mp4::boxes::{
    AudioSampleEntryFields, Avc1Box, AvccBox, Brand, DinfBox, EsdsBox, FtypBox, HdlrBox, MdhdBox,
    MdiaBox, MediaHeader, MinfBox, MoovBox, Mp4aBox, MvexBox, MvhdBox, SampleEntry, SmhdBox,
    StblBox, StcoBox, StscBox, StsdBox, StszBox, SttsBox, TkhdBox, TrakBox, TrexBox,
    VisualSampleEntryFields, VmhdBox,
};
use shiguredo_mp4::descriptors::{
    DecoderConfigDescriptor, DecoderSpecificInfo, EsDescriptor, SlConfigDescriptor,
};
use shiguredo_mp4::{
    Either, Encode, FixedPointNumber, LanguageCode, Mp4FileTime, SampleFlags, Uint,
};

use super::WriteError;
use crate::codec::CodecConfig;
use crate::codec::aac::AacConfig;
use crate::codec::h264::AvcConfig;

/// Builds `ftyp` and `moov` for a track with number `track_id` (at least 1) that counts
/// in [`CodecConfig::timescale`]. The same configuration gives the same bytes: creation
/// times are left at zero.
pub fn init_segment(track_id: u32, config: &CodecConfig) -> Result<Bytes, WriteError> {
    let timescale = NonZeroU32::new(config.timescale()).ok_or(WriteError::new("timescale 0"))?;
    let entry = Entry::of(config)?;
    let brands = vec![Brand::ISO5, Brand::ISO6, Brand::MP41];
    let file_type = FtypBox {
        major_brand: Brand::ISO5,
        minor_version: 0,
        compatible_brands: brands,
    };
    let movie = MoovBox {
        mvhd_box: MvhdBox {
            creation_time: EPOCH,
            modification_time: EPOCH,
            timescale,
            duration: 0,
            rate: MvhdBox::DEFAULT_RATE,
            volume: MvhdBox::DEFAULT_VOLUME,
            matrix: MvhdBox::DEFAULT_MATRIX,
            next_track_id: track_id.saturating_add(1),
        },
        mvex_box: Some(MvexBox {
            mehd_box: None,
            trex_boxes: vec![TrexBox {
                track_id,
                default_sample_description_index: 1,
                default_sample_duration: 0,
                default_sample_size: 0,
                default_sample_flags: SampleFlags::empty(),
            }],
            unknown_boxes: Vec::new(),
        }),
        trak_boxes: vec![track(track_id, timescale, entry)],
        unknown_boxes: Vec::new(),
    };
    let mut out = file_type.encode_to_vec()?;
    out.extend(movie.encode_to_vec()?);
    Ok(Bytes::from(out))
}

/// The sample entry with what the boxes around it say about the kind of media.
struct Entry {
    sample: SampleEntry,
    handler: [u8; 4],
    handler_name: &'static [u8],
    header: MediaHeader,
    size: (i16, i16),
    volume: FixedPointNumber<i8, u8>,
}

impl Entry {
    fn of(config: &CodecConfig) -> Result<Entry, WriteError> {
        match config {
            CodecConfig::H264(config) => {
                let size = i16::try_from(config.sps.width).ok();
                let size = size.zip(i16::try_from(config.sps.height).ok());
                Ok(Entry {
                    sample: SampleEntry::Avc1(avc1(config)),
                    handler: HdlrBox::HANDLER_TYPE_VIDE,
                    handler_name: b"VideoHandler\0",
                    header: MediaHeader::Vmhd(VmhdBox::default()),
                    size: size.ok_or(WriteError::new("picture size"))?,
                    volume: TkhdBox::DEFAULT_VIDEO_VOLUME,
                })
            }
            CodecConfig::Aac(config) => Ok(Entry {
                sample: SampleEntry::Mp4a(mp4a(config)),
                handler: HdlrBox::HANDLER_TYPE_SOUN,
                handler_name: b"SoundHandler\0",
                header: MediaHeader::Smhd(SmhdBox::default()),
                size: (0, 0),
                volume: TkhdBox::DEFAULT_AUDIO_VOLUME,
            }),
        }
    }
}

fn track(track_id: u32, timescale: NonZeroU32, entry: Entry) -> TrakBox {
    let stbl_box = StblBox {
        stsd_box: StsdBox {
            entries: vec![entry.sample],
        },
        stts_box: SttsBox {
            entries: Vec::new(),
        },
        ctts_box: None,
        cslg_box: None,
        stsc_box: StscBox {
            entries: Vec::new(),
        },
        stsz_box: StszBox::Variable {
            entry_sizes: Vec::new(),
        },
        stco_or_co64_box: Either::A(StcoBox {
            chunk_offsets: Vec::new(),
        }),
        stss_box: None,
        sdtp_box: None,
        unknown_boxes: Vec::new(),
    };
    TrakBox {
        tkhd_box: TkhdBox {
            flag_track_enabled: true,
            flag_track_in_movie: true,
            flag_track_in_preview: false,
            flag_track_size_is_aspect_ratio: false,
            creation_time: EPOCH,
            modification_time: EPOCH,
            track_id,
            duration: 0,
            layer: TkhdBox::DEFAULT_LAYER,
            alternate_group: TkhdBox::DEFAULT_ALTERNATE_GROUP,
            volume: entry.volume,
            matrix: TkhdBox::DEFAULT_MATRIX,
            width: FixedPointNumber::new(entry.size.0, 0),
            height: FixedPointNumber::new(entry.size.1, 0),
        },
        edts_box: None,
        mdia_box: MdiaBox {
            mdhd_box: MdhdBox {
                creation_time: EPOCH,
                modification_time: EPOCH,
                timescale,
                duration: 0,
                language: LanguageCode::UNDEFINED,
            },
            hdlr_box: HdlrBox {
                handler_type: entry.handler,
                name: entry.handler_name.to_vec(),
            },
            minf_box: MinfBox {
                media_header: Some(entry.header),
                dinf_box: DinfBox::LOCAL_FILE,
                stbl_box,
                unknown_boxes: Vec::new(),
            },
            unknown_boxes: Vec::new(),
        },
        unknown_boxes: Vec::new(),
    }
}

fn avc1(config: &AvcConfig) -> Avc1Box {
    let sps = &config.sps;
    Avc1Box {
        visual: VisualSampleEntryFields {
            data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            width: sps.width,
            height: sps.height,
            horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
            vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
            frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
            compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
            depth: VisualSampleEntryFields::DEFAULT_DEPTH,
        },
        avcc_box: AvccBox {
            avc_profile_indication: sps.profile_idc,
            profile_compatibility: sps.constraint_flags,
            avc_level_indication: sps.level_idc,
            length_size_minus_one: Uint::new(config.length_size.bytes() as u8 - 1),
            sps_list: config.sps_list.iter().map(|sps| sps.to_vec()).collect(),
            pps_list: config.pps_list.iter().map(|pps| pps.to_vec()).collect(),
            chroma_format: Some(Uint::new(sps.chroma_format_idc)),
            bit_depth_luma_minus8: Some(Uint::new(sps.bit_depth_luma_minus8)),
            bit_depth_chroma_minus8: Some(Uint::new(sps.bit_depth_chroma_minus8)),
            sps_ext_list: Vec::new(),
        },
        unknown_boxes: Vec::new(),
    }
}

fn mp4a(config: &AacConfig) -> Mp4aBox {
    Mp4aBox {
        audio: AudioSampleEntryFields {
            data_reference_index: AudioSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            channelcount: u16::from(config.channels),
            samplesize: AudioSampleEntryFields::DEFAULT_SAMPLESIZE,
            // A rate over 65535 Hz does not fit; decoders take it from the esds.
            samplerate: FixedPointNumber::new(u16::try_from(config.sample_rate_hz).unwrap_or(0), 0),
        },
        esds_box: EsdsBox {
            es: EsDescriptor {
                es_id: EsDescriptor::MIN_ES_ID,
                stream_priority: EsDescriptor::LOWEST_STREAM_PRIORITY,
                depends_on_es_id: None,
                url_string: None,
                ocr_es_id: None,
                dec_config_descr: DecoderConfigDescriptor {
                    object_type_indication:
                        DecoderConfigDescriptor::OBJECT_TYPE_INDICATION_AUDIO_ISO_IEC_14496_3,
                    stream_type: DecoderConfigDescriptor::STREAM_TYPE_AUDIO,
                    up_stream: DecoderConfigDescriptor::UP_STREAM_FALSE,
                    buffer_size_db: Uint::new(0),
                    max_bitrate: 0,
                    avg_bitrate: 0,
                    dec_specific_info: Some(DecoderSpecificInfo {
                        payload: config.config.to_vec(),
                    }),
                },
                sl_config_descr: SlConfigDescriptor,
            },
        },
        unknown_boxes: Vec::new(),
    }
}

const EPOCH: Mp4FileTime = Mp4FileTime::from_secs(0);

#[cfg(test)]
mod tests {
    use shiguredo_mp4::boxes::{FtypBox, MoovBox, SampleEntry};
    use shiguredo_mp4::{BaseBox, Decode};

    use super::init_segment;
    use crate::codec::CodecConfig;
    use crate::codec::aac::AacConfig;
    use crate::codec::h264::AvcConfig;

    /// 176×144, Constrained Baseline, by x264.
    const AVCC: &[u8] = &[
        0x01, 0x42, 0xc0, 0x0a, 0xff, 0xe1, 0x00, 0x17, 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x0b, 0x13,
        0xb0, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x1e, 0x0f, 0x12, 0x26,
        0xa0, 0x01, 0x00, 0x04, 0x68, 0xce, 0x0f, 0xc8,
    ];

    #[test]
    fn a_video_track_reads_back() {
        let config = CodecConfig::H264(AvcConfig::parse(AVCC).unwrap());
        let movie = read_back(&init_segment(1, &config).unwrap());
        let track = &movie.trak_boxes[0];
        assert_eq!(track.tkhd_box.track_id, 1);
        assert_eq!(track.tkhd_box.width.integer, 176);
        assert_eq!(track.mdia_box.mdhd_box.timescale.get(), 90_000);
        assert_eq!(track.mdia_box.hdlr_box.handler_type, *b"vide");
        let entry = &track.mdia_box.minf_box.stbl_box.stsd_box.entries[0];
        let SampleEntry::Avc1(avc1) = entry else {
            panic!("{entry:?}")
        };
        assert_eq!((avc1.visual.width, avc1.visual.height), (176, 144));
        assert_eq!(avc1.avcc_box.sps_list, [AVCC[8..31].to_vec()]);
        assert_eq!(avc1.avcc_box.pps_list, [AVCC[34..].to_vec()]);
    }

    #[test]
    fn an_audio_track_reads_back() {
        let config = CodecConfig::Aac(AacConfig::parse(&[0x11, 0x88, 0x56, 0xe5, 0x00]).unwrap());
        let movie = read_back(&init_segment(2, &config).unwrap());
        let track = &movie.trak_boxes[0];
        assert_eq!(track.tkhd_box.track_id, 2);
        assert_eq!(track.mdia_box.mdhd_box.timescale.get(), 48_000);
        assert_eq!(track.mdia_box.hdlr_box.handler_type, *b"soun");
        let entry = &track.mdia_box.minf_box.stbl_box.stsd_box.entries[0];
        let SampleEntry::Mp4a(mp4a) = entry else {
            panic!("{entry:?}")
        };
        assert_eq!(mp4a.audio.samplerate.integer, 48_000);
        let info = mp4a
            .esds_box
            .es
            .dec_config_descr
            .dec_specific_info
            .as_ref()
            .unwrap();
        assert_eq!(info.payload, [0x11, 0x88, 0x56, 0xe5, 0x00]);
    }

    fn read_back(bytes: &[u8]) -> MoovBox {
        let (file_type, at) = FtypBox::decode(bytes).unwrap();
        assert_eq!(file_type.box_type().as_bytes(), b"ftyp");
        let (movie, len) = MoovBox::decode(&bytes[at..]).unwrap();
        assert_eq!(at + len, bytes.len());
        assert_eq!(
            movie.mvex_box.as_ref().map(|mvex| mvex.trex_boxes.len()),
            Some(1)
        );
        movie
    }
}
