"""Every start selector of GetMedia, over the streams that are named as arguments. Each has
three fragments of a second whose server and producer timestamps are a second apart. Prints
"ready" once NOW waits; then a fourth fragment is expected. Prints what each selector began
with, by the order of the fragments."""

import json
import re
import sys

import boto3

FRAGMENTS = 3
OPEN, CLOSE = b"AWS_KINESISVIDEO_FRAGMENT_NUMBER", b"AWS_KINESISVIDEO_CONTINUATION_TOKEN"


def value(name, media):
    """The values of a tag, in order: its name, the element's head, the text."""
    pattern = rb"AWS_KINESISVIDEO_" + name + rb"\x44\x87\x10\x00\x00(.)"
    found = re.finditer(pattern, media, re.DOTALL)
    return [media[m.end():m.end() + m.group(1)[0]].decode() for m in found]


def begin(stream, **selector):
    """An open GetMedia."""
    control = boto3.client("kinesisvideo")
    url = control.get_data_endpoint(StreamName=stream, APIName="GET_MEDIA")["DataEndpoint"]
    media = boto3.client("kinesis-video-media", endpoint_url=url)
    return media.get_media(StreamName=stream, StartSelector=selector)["Payload"]


def take(payload, fragments):
    """So many whole fragments."""
    media = b""
    while len(value(b"CONTINUATION_TOKEN", media)) < fragments:
        media += payload.read(1)
    return media


def first(stream, of, **selector):
    """The place of the fragment that a selector begins with."""
    payload = begin(stream, **selector)
    media = take(payload, 1)
    payload.close()
    return of.index(value(b"FRAGMENT_NUMBER", media)[0])


def selectors(stream):
    """What all selectors but NOW begin with."""
    media = take(begin(stream, StartSelectorType="EARLIEST"), FRAGMENTS)
    numbers = value(b"FRAGMENT_NUMBER", media)
    tokens = value(b"CONTINUATION_TOKEN", media)
    server = [float(text) for text in value(b"SERVER_TIMESTAMP", media)]
    producer = [float(text) for text in value(b"PRODUCER_TIMESTAMP", media)]

    def at(**selector):
        return first(stream, numbers, **selector)

    def times(kind, stamps):
        """Exactly at a fragment's begin, within it, and before everything."""
        return [at(StartSelectorType=kind, StartTimestamp=stamp)
                for stamp in (stamps[1], stamps[1] + 0.3, stamps[2], stamps[0] - 60)]

    return numbers, {
        "EARLIEST": at(StartSelectorType="EARLIEST"),
        "FRAGMENT_NUMBER": [at(StartSelectorType="FRAGMENT_NUMBER", AfterFragmentNumber=number)
                            for number in numbers[:2]],
        "CONTINUATION_TOKEN": [at(StartSelectorType="CONTINUATION_TOKEN", ContinuationToken=token)
                               for token in tokens[:2]],
        "SERVER_TIMESTAMP": times("SERVER_TIMESTAMP", server),
        "PRODUCER_TIMESTAMP": times("PRODUCER_TIMESTAMP", producer),
    }


def main():
    seen, known, waiting = {}, {}, {}
    for stream in sys.argv[1:]:
        known[stream], seen[stream] = selectors(stream)
        last = known[stream][-1]
        waiting[stream] = {
            "NOW": begin(stream, StartSelectorType="NOW"),
            "after the last": begin(stream, StartSelectorType="FRAGMENT_NUMBER",
                                    AfterFragmentNumber=last),
        }
    print("ready", flush=True)
    for stream, payloads in waiting.items():
        for selector, payload in payloads.items():
            number = value(b"FRAGMENT_NUMBER", take(payload, 1))[0]
            seen[stream][selector] = (known[stream] + [number]).index(number)
    print(json.dumps(seen))


main()
