//! Documented and recorded bodies of the JSON services.

use crate::json::InputError;
use crate::shapes::archived_media::{
    GetClipInput, GetImagesInput, ListFragmentsInput, ListFragmentsOutput,
};
use crate::shapes::kinesisvideo::{
    APIName, CreateSignalingChannelInput, CreateStreamInput, CreateStreamOutput, DeleteStreamInput,
    DeleteStreamOutput, DescribeMediaStorageConfigurationOutput, DescribeStreamInput,
    DescribeStreamOutput, GetDataEndpointInput, GetSignalingChannelEndpointInput, ListStreamsInput,
    ListStreamsOutput, ListTagsForStreamOutput, MediaStorageConfiguration,
    MediaStorageConfigurationStatus, StartEdgeConfigurationUpdateInput, Status, StreamInfo,
    TagStreamInput, UpdateDataRetentionInput, UpdateImageGenerationConfigurationInput,
};
use crate::shapes::live_media::GetMediaInput;
use crate::shapes::webrtc_storage::JoinStorageSessionOutput;
use crate::value::Timestamp;

mod properties;

const ARN: &str = "arn:aws:kinesisvideo:us-west-2:012345678901:stream/MyStream2/1562589645061";

fn constraint<T: std::fmt::Debug>(result: Result<T, InputError>) -> String {
    match result {
        Err(InputError::Constraint(message)) => message,
        other => panic!("expected a constraint failure, got {other:?}"),
    }
}

fn serialization<T: std::fmt::Debug>(result: Result<T, InputError>) -> String {
    match result {
        Err(InputError::Serialization(message)) => message,
        other => panic!("expected a serialization failure, got {other:?}"),
    }
}

#[test]
fn describe_stream_prints_the_recorded_body() {
    let info = StreamInfo {
        creation_time: Some(Timestamp(1_562_589_645_061)),
        data_retention_in_hours: Some(24),
        kms_key_id: Some("arn:aws:kms:us-west-2:012345678901:alias/aws/kinesisvideo".to_owned()),
        status: Some(Status::Active),
        stream_arn: Some(ARN.to_owned()),
        stream_name: Some("MyStream2".to_owned()),
        version: Some("6CRnafBoUOwmTbDTPS8U".to_owned()),
        ..StreamInfo::default()
    };
    let output = DescribeStreamOutput {
        stream_info: Some(info),
    };
    assert_eq!(
        output.to_json(),
        concat!(
            r#"{"StreamInfo":{"CreationTime":1562589645.061,"DataRetentionInHours":24,"#,
            r#""DeviceName":null,"#,
            r#""KmsKeyId":"arn:aws:kms:us-west-2:012345678901:alias/aws/kinesisvideo","#,
            r#""MediaType":null,"Status":"ACTIVE","#,
            r#""StreamARN":"arn:aws:kinesisvideo:us-west-2:012345678901:stream/MyStream2/"#,
            r#"1562589645061","StreamName":"MyStream2","Version":"6CRnafBoUOwmTbDTPS8U"}}"#,
        ),
    );
}

#[test]
fn small_outputs() {
    let created = CreateStreamOutput {
        stream_arn: Some(ARN.to_owned()),
    };
    assert_eq!(created.to_json(), format!("{{\"StreamARN\":\"{ARN}\"}}"));
    assert_eq!(DeleteStreamOutput {}.to_json(), "{}");
    assert_eq!(JoinStorageSessionOutput {}.to_json(), "{}");
    assert_eq!(
        DescribeStreamOutput::default().to_json(),
        r#"{"StreamInfo":null}"#
    );
    let none = ListStreamsOutput {
        stream_info_list: Some(Vec::new()),
        next_token: None,
    };
    assert_eq!(none.to_json(), r#"{"NextToken":null,"StreamInfoList":[]}"#);
    let two = vec![StreamInfo::default(), StreamInfo::default()];
    let two = ListStreamsOutput {
        stream_info_list: Some(two),
        next_token: None,
    }
    .to_json();
    let parsed: serde_json::Value = serde_json::from_str(&two).expect("it is JSON");
    assert_eq!(parsed["StreamInfoList"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        ListFragmentsOutput::default().to_json(),
        r#"{"Fragments":null,"NextToken":null}"#
    );
    let tags = [
        ("a".to_owned(), "1".to_owned()),
        ("b".to_owned(), "\"".to_owned()),
    ];
    let tags = ListTagsForStreamOutput {
        next_token: None,
        tags: Some(tags.into()),
    };
    assert_eq!(
        tags.to_json(),
        r#"{"NextToken":null,"Tags":{"a":"1","b":"\""}}"#
    );
    let storage = MediaStorageConfiguration {
        status: MediaStorageConfigurationStatus::Disabled,
        stream_arn: None,
    };
    let output = DescribeMediaStorageConfigurationOutput {
        media_storage_configuration: Some(storage),
    };
    assert_eq!(
        output.to_json(),
        r#"{"MediaStorageConfiguration":{"Status":"DISABLED","StreamARN":null}}"#,
    );
}

#[test]
fn an_empty_body_is_an_empty_object() {
    for body in [
        "",
        " \r\n",
        "{}",
        r#"{"MaxResults":null,"Surprise":[1,{"a":2}]}"#,
    ] {
        let input = ListStreamsInput::from_json(body.as_bytes());
        assert_eq!(input, Ok(ListStreamsInput::default()), "{body}");
    }
}

#[test]
fn bodies_of_real_clients() {
    let body = b"{\n\t\"StreamName\": \"teststream\"\n}";
    let input = DescribeStreamInput::from_json(body).expect("producer-c's body");
    assert_eq!(input.stream_name.as_deref(), Some("teststream"));

    let body = br#"{"DeviceName":"","StreamName":"s","MediaType":"","DataRetentionInHours":2}"#;
    let input = CreateStreamInput::from_json(body).expect("empty strings are unset");
    assert_eq!((input.device_name, input.media_type), (None, None));
    assert_eq!(input.data_retention_in_hours, Some(2));

    let body = br#"{"StreamName":"s","APIName":"PUT_MEDIA"}"#;
    let input = GetDataEndpointInput::from_json(body).expect("it parses");
    assert_eq!(input.api_name, APIName::PutMedia);

    let body = br#"{"ChannelName":"c","Tags":[{"Key":"k","Value":""}]}"#;
    let input = CreateSignalingChannelInput::from_json(body).expect("it parses");
    assert_eq!(input.tags.expect("tags")[0].key, "k");

    let body = br#"{"StreamName":"s","StartSelector":{"StartSelectorType":"NOW"}}"#;
    assert!(GetMediaInput::from_json(body).is_ok());

    let body = br#"{"StreamName":"s","ImageSelectorType":"PRODUCER_TIMESTAMP","Format":"JPEG",
        "StartTimestamp":1.5e9,"EndTimestamp":1500000001,"SamplingInterval":3000.0,
        "FormatConfig":{"JPEGQuality":"80"}}"#;
    let input = GetImagesInput::from_json(body).expect("it parses");
    assert_eq!(input.start_timestamp, Timestamp(1_500_000_000_000));
    assert_eq!(input.end_timestamp, Timestamp(1_500_000_001_000));
    assert_eq!(input.sampling_interval, Some(3000));
}

#[test]
fn timestamps_are_rounded_to_the_millisecond() {
    let body = br#"{"StreamName":"s","ClipFragmentSelector":{"FragmentSelectorType":
        "SERVER_TIMESTAMP","TimestampRange":{"StartTimestamp":1519423069.070123,
        "EndTimestamp":1519423070}}}"#;
    let range = GetClipInput::from_json(body).expect("it parses");
    let range = range.clip_fragment_selector.timestamp_range;
    assert_eq!(range.start_timestamp, Timestamp(1_519_423_069_070));
    assert_eq!(range.end_timestamp, Timestamp(1_519_423_070_000));
}

#[test]
fn lengths() {
    let name = "x".repeat(257);
    let body = format!("{{\"StreamName\":\"{name}\"}}");
    assert_eq!(
        constraint(CreateStreamInput::from_json(body.as_bytes())),
        format!(
            "1 validation error detected: Value '{name}' at 'streamName' failed to satisfy \
             constraint: Member must have length less than or equal to 256"
        ),
    );
    assert_eq!(
        constraint(CreateStreamInput::from_json(br#"{"StreamName":""}"#)),
        "1 validation error detected: Value '' at 'streamName' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
    );
}

#[test]
fn ranges() {
    assert_eq!(
        constraint(ListStreamsInput::from_json(br#"{"MaxResults":10001}"#)),
        "1 validation error detected: Value '10001' at 'maxResults' failed to satisfy \
         constraint: Member must have value less than or equal to 10000",
    );
    let body = br#"{"StreamName":"s","DataRetentionInHours":-1}"#;
    assert!(
        constraint(CreateStreamInput::from_json(body))
            .ends_with("Member must have value greater than or equal to 0")
    );
    assert!(ListFragmentsInput::from_json(br#"{"MaxResults":1000}"#).is_ok());
}

#[test]
fn patterns_and_enums() {
    assert_eq!(
        constraint(CreateStreamInput::from_json(br#"{"StreamName":"a b"}"#)),
        "1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    );
    let body = br#"{"StreamName":"s","APIName":"put_media"}"#;
    let message = constraint(GetDataEndpointInput::from_json(body));
    assert!(
        message.contains("Value 'put_media' at 'aPIName'"),
        "{message}"
    );
    assert!(message.contains("Member must satisfy enum value set: [PUT_MEDIA, GET_MEDIA, "));
    let wrong = r#"{"StreamARN":"arn:aws:kinesisvideo:us-west-2:1:stream/x"}"#;
    assert!(constraint(DeleteStreamInput::from_json(wrong.as_bytes())).contains("'streamARN'"));
    let right = format!("{{\"StreamARN\":\"{ARN}\"}}");
    assert!(DeleteStreamInput::from_json(right.as_bytes()).is_ok());
}

#[test]
fn required_members_and_several_failures() {
    assert_eq!(
        constraint(CreateStreamInput::from_json(b"{}")),
        "1 validation error detected: Value null at 'streamName' failed to satisfy constraint: \
         Member must not be null",
    );
    let message = constraint(UpdateDataRetentionInput::from_json(
        br#"{"StreamName":"a b","DataRetentionChangeInHours":0}"#,
    ));
    assert!(
        message.starts_with("4 validation errors detected: "),
        "{message}"
    );
    assert_eq!(message.matches("; ").count(), 3);
    for member in [
        "streamName",
        "currentVersion",
        "operation",
        "dataRetentionChangeInHours",
    ] {
        assert!(message.contains(&format!("'{member}'")), "{message}");
    }
}

#[test]
fn nested_members_are_named_by_their_path() {
    let message = constraint(CreateSignalingChannelInput::from_json(
        br#"{"ChannelName":"c","Tags":[{"Key":"a","Value":"b"},{"Key":"","Value":"b"}],
             "SingleMasterConfiguration":{"MessageTtlSeconds":4}}"#,
    ));
    assert!(
        message.contains("Value '' at 'tags.2.member.key'"),
        "{message}"
    );
    assert!(message.contains("Value '4' at 'singleMasterConfiguration.messageTtlSeconds'"));
    let message = constraint(GetSignalingChannelEndpointInput::from_json(
        br#"{"ChannelARN":"arn:aws:kinesisvideo:us-west-2:1:channel/c/1",
             "SingleMasterChannelEndpointConfiguration":{"Protocols":["WSS","UDP"]}}"#,
    ));
    let at = "Value 'UDP' at 'singleMasterChannelEndpointConfiguration.protocols.2.member'";
    assert!(message.contains(at), "{message}");
}

#[test]
fn tags() {
    let tag = |key: &str, value: &str| {
        let tags = serde_json::json!({ "StreamName": "s", "Tags": { key: value } });
        TagStreamInput::from_json(tags.to_string().as_bytes())
    };
    assert!(tag("Größe/キー", "a b@c").is_ok());
    assert_eq!(
        constraint(tag("a*", "x")),
        "1 validation error detected: Value 'a*' at 'tags' failed to satisfy constraint: Map keys \
         must satisfy constraint: [Member must satisfy regular expression pattern: \
         ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]",
    );
    assert!(constraint(tag("a", &"v".repeat(257))).contains("Map value must satisfy constraint"));
    let many: std::collections::BTreeMap<_, _> = (0..51).map(|i| (format!("k{i}"), "v")).collect();
    let body = serde_json::json!({ "StreamName": "s", "Tags": many }).to_string();
    let message = constraint(TagStreamInput::from_json(body.as_bytes()));
    assert!(message.contains("at 'tags'") && message.ends_with("less than or equal to 50"));
    let none = br#"{"StreamName":"s","Tags":{}}"#;
    assert!(constraint(TagStreamInput::from_json(none)).ends_with("greater than or equal to 1"));
}

#[test]
fn wrong_types_are_serialization_errors() {
    for body in [
        r#"{"StreamName":1}"#,
        r#"{"StreamName":["s"]}"#,
        r#"{"StreamName":"s","DataRetentionInHours":"2"}"#,
        r#"{"StreamName":"s","DataRetentionInHours":2.5}"#,
        r#"{"StreamName":"s","DataRetentionInHours":4294967296}"#,
        r#"{"StreamName":"s","Tags":[]}"#,
        r#"{"StreamName":"s","Tags":{"a":1}}"#,
        "[]",
        "\"s\"",
        "{",
        "StreamName=s",
        "{\"StreamName\":\"\u{1}\"}",
    ] {
        serialization(CreateStreamInput::from_json(body.as_bytes()));
    }
    let named = serialization(CreateStreamInput::from_json(br#"{"StreamName":1}"#));
    assert_eq!(named, "the value at 'streamName' must be a string");
    serialization(CreateStreamInput::from_json(&vec![b'x'; 2 << 20]));
    let body = br#"{"StreamName":"s","ClipFragmentSelector":{"FragmentSelectorType":
        "SERVER_TIMESTAMP","TimestampRange":{"StartTimestamp":"now","EndTimestamp":1}}}"#;
    serialization(GetClipInput::from_json(body));
}

#[test]
fn image_generation_maps_have_enum_keys() {
    let body = |key: &str| {
        format!(
            r#"{{"StreamName":"s","ImageGenerationConfiguration":{{"Status":"ENABLED",
            "ImageSelectorType":"SERVER_TIMESTAMP","DestinationConfig":{{"Uri":"s3://bucket/p",
            "DestinationRegion":"us-west-2"}},"SamplingInterval":3000,"Format":"JPEG",
            "FormatConfig":{{"{key}":"80"}}}}}}"#
        )
    };
    let input = UpdateImageGenerationConfigurationInput::from_json(body("JPEGQuality").as_bytes());
    let config = input
        .expect("it parses")
        .image_generation_configuration
        .expect("it is there");
    assert_eq!(config.format_config.map(|f| f.len()), Some(1));
    let bad = UpdateImageGenerationConfigurationInput::from_json(body("PNGQuality").as_bytes());
    let message = constraint(bad);
    let text = "at 'imageGenerationConfiguration.formatConfig' failed to satisfy constraint: Map \
                keys must satisfy constraint: [Member must satisfy enum value set: [JPEGQuality]]";
    assert!(message.contains(text), "{message}");
}

#[test]
fn secrets_are_not_repeated() {
    let body = br#"{"StreamName":"s","EdgeConfig":{"HubDeviceArn":
        "arn:aws:iot:us-west-2:1:thing/hub","RecorderConfig":{"MediaSourceConfig":{
        "MediaUriType":"RTSP_URI","MediaUriSecretArn":"rtsp://user:hunter2@camera/live"}}}}"#;
    let message = constraint(StartEdgeConfigurationUpdateInput::from_json(body));
    assert!(
        message.contains("Value at 'edgeConfig.recorderConfig.mediaSourceConfig."),
        "{message}"
    );
    assert!(!message.contains("hunter2"), "{message}");
    let cut = br#"{"StreamName":"hunter2"#;
    assert!(!serialization(DescribeStreamInput::from_json(cut)).contains("hunter2"));
}
