// The built-in player: HLS with fragmented MP4 through Media Source Extensions, written
// for this server's own playlists. The address to play stands in the page's fragment.
"use strict";

const element = (id) => document.getElementById(id);
/** Live playback jumps ahead once it is this much later than it should be, seconds. */
const LATE_S = 10;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Shows a problem and goes on trying or not, as the caller decides. */
function complain(text) {
  element("error").textContent = text;
  element("error").hidden = !text;
}

/** Finds the first box of a kind, looking into the containers that matter. */
function findBox(bytes, kind, start = 0, end = bytes.byteLength) {
  const view = new DataView(bytes);
  for (let at = start; at + 8 <= end;) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...new Uint8Array(bytes, at + 4, 4));
    if (name === kind) return at;
    if (["moov", "trak", "mdia", "moof", "traf"].includes(name)) {
      const inside = findBox(bytes, kind, at + 8, at + size);
      if (inside >= 0) return inside;
    }
    if (size < 8) return -1;
    at += size;
  }
  return -1;
}

/** Ticks per second of a track, from its initialisation segment. */
function timescaleOf(init) {
  const at = findBox(init, "mdhd");
  const view = new DataView(init);
  return at < 0 ? 1000 : view.getUint32(at + (view.getUint8(at + 8) === 1 ? 28 : 20));
}

/** When a media segment begins, in ticks. */
function startOf(segment) {
  const at = findBox(segment, "tfdt");
  const view = new DataView(segment);
  if (at < 0) return 0;
  return view.getUint8(at + 8) === 1 ? Number(view.getBigUint64(at + 12)) : view.getUint32(at + 12);
}

async function load(url, kind) {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) {
    const text = (await response.text()).slice(0, 300);
    throw Object.assign(new Error(`${response.status}: ${text}`), { status: response.status });
  }
  return kind === "text" ? response.text() : response.arrayBuffer();
}

/** What a master playlist offers. */
function parseMaster(text, base) {
  const lines = text.split("\n").map((line) => line.trim());
  const tracks = [];
  let codecs = "";
  lines.forEach((line, index) => {
    if (line.startsWith("#EXT-X-STREAM-INF:")) {
      codecs = (/CODECS="([^"]*)"/.exec(line) || [])[1] || "";
      tracks.unshift({ kind: "video", url: new URL(lines[index + 1], base) });
    }
    if (line.startsWith("#EXT-X-MEDIA:")) {
      const uri = (/URI="([^"]*)"/.exec(line) || [])[1];
      if (uri) tracks.push({ kind: "audio", url: new URL(uri, base) });
    }
  });
  const list = codecs.split(",").map((codec) => codec.trim()).filter(Boolean);
  const audio = list.find((codec) => codec.startsWith("mp4a"));
  const video = list.find((codec) => codec !== audio);
  if (!video && tracks[0]) tracks[0].kind = "audio";
  for (const track of tracks) {
    track.mime = track.kind === "video" ? `video/mp4; codecs="${video}"` : `audio/mp4; codecs="${audio}"`;
  }
  return tracks;
}

/** Segments of a media playlist, each with the initialisation segment it needs. */
function parseMedia(text, base) {
  const segments = [];
  let sequence = 0;
  let map = null;
  let duration = 0;
  let gap = false;
  for (const line of text.split("\n").map((entry) => entry.trim())) {
    if (line.startsWith("#EXT-X-MEDIA-SEQUENCE:")) sequence = Number(line.split(":")[1]);
    else if (line.startsWith("#EXT-X-MAP:")) map = new URL((/URI="([^"]*)"/.exec(line) || [])[1], base).href;
    else if (line.startsWith("#EXTINF:")) duration = parseFloat(line.slice(8));
    else if (line === "#EXT-X-GAP") gap = true;
    else if (line && !line.startsWith("#")) {
      segments.push({ sequence, map, duration, gap, url: new URL(line, base).href });
      sequence += 1;
      gap = false;
    }
  }
  return { segments, ended: text.includes("#EXT-X-ENDLIST") };
}

/** Waits until a SourceBuffer is ready and gives it bytes. */
function append(buffer, bytes) {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", resolve, { once: true });
    buffer.addEventListener("error", () => reject(new Error("the browser cannot decode this media")), { once: true });
    buffer.appendBuffer(bytes);
  });
}

/** The media's own time at the element's zero, seconds; and what is known of the stream. */
const clock = { origin: null, live: true, segment: 2, margin: 0.5 };

/** The first segment of a session to load: live sessions begin near their end. */
function firstOf(list) {
  let at = list.segments.length;
  let length = 0;
  while (at > 0 && (list.ended || length < clock.segment + clock.margin)) {
    at -= 1;
    length += list.segments[at].duration;
  }
  return list.segments[at]?.sequence ?? 0;
}

/** Keeps one track's buffer filled until the playlist ends. */
async function feed(track, buffer, video) {
  const state = { map: null, timescale: 1000 };
  let next = null;
  for (;;) {
    const list = await loadList(track);
    clock.live = !list.ended;
    clock.segment = Math.max(0.1, ...list.segments.map((segment) => segment.duration));
    if (next === null) next = firstOf(list);
    for (const segment of list.segments) {
      if (segment.sequence < next) continue;
      next = segment.sequence + 1;
      if (!segment.gap) await put(segment, buffer, state);
      await keepRoom(buffer, video);
    }
    if (list.ended) return;
    await sleep(Math.min(500, clock.segment * 250));
  }
}

/** Loads a playlist, again and again if that fails for a reason that may pass. */
async function loadList(track) {
  for (;;) {
    try {
      const list = parseMedia(await load(track.url, "text"), track.url);
      complain("");
      return list;
    } catch (error) {
      if (error.status === 403) throw new Error("The session has ended. Open a new one.");
      complain(`The playlist cannot be loaded (${error.message}).`);
      await sleep(2000);
    }
  }
}

/** Loads a segment into the buffer. One that has expired meanwhile is left out. */
async function put(segment, buffer, state) {
  try {
    if (segment.map !== state.map) {
      const init = await load(segment.map);
      state.map = segment.map;
      state.timescale = timescaleOf(init);
      await append(buffer, init);
    }
    const bytes = await load(segment.url);
    if (clock.origin === null) clock.origin = startOf(bytes) / state.timescale;
    // The media carries the time of day; the element is happier near zero.
    if (buffer.timestampOffset !== -clock.origin) buffer.timestampOffset = -clock.origin;
    await append(buffer, bytes);
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}

/** Drops what was played a minute ago, and waits while enough lies ahead. */
async function keepRoom(buffer, video) {
  const ranges = buffer.buffered;
  const old = video.currentTime - 60;
  if (old > 0 && ranges.length && ranges.start(0) < old) {
    buffer.remove(0, old);
    await new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }));
  }
  const ahead = () => {
    const last = buffer.buffered.length - 1;
    return last < 0 ? 0 : buffer.buffered.end(last) - video.currentTime;
  };
  while (!clock.live && ahead() > 30) await sleep(500);
}

/** Keeps the playhead on what is buffered and, live, near its end. */
function steer(video) {
  const ranges = video.buffered;
  const paused = video.paused && video.dataset.touched;
  if (!ranges.length || paused || video.seeking) return;
  const last = ranges.length - 1;
  const ahead = ranges.end(last) - video.currentTime;
  if (clock.live && ahead > clock.segment + LATE_S) {
    video.currentTime = ranges.end(last) - clock.segment - clock.margin;
  } else {
    skipGap(video, ranges);
  }
  // A little faster until the delay is what the segments' length asks for.
  const far = clock.live && ahead > clock.segment + clock.margin + 0.5;
  const near = !clock.live || ahead < clock.segment + clock.margin;
  if (far || near) video.playbackRate = far ? 1.1 : 1;
  if (video.paused && !video.ended) video.play().catch(() => {});
}

/** Goes on behind a hole in the media: time in which nothing was sent. */
function skipGap(video, ranges) {
  // A browser without data for the next moment stops somewhat before the hole itself.
  const edge = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA ? 0.5 : 0;
  for (let index = 0; index < ranges.length; index += 1) {
    if (video.currentTime < ranges.start(index)) {
      video.currentTime = ranges.start(index);
      return;
    }
    if (video.currentTime < ranges.end(index) - edge) return;
  }
}

function report(video) {
  const ranges = video.buffered;
  const ahead = ranges.length ? ranges.end(ranges.length - 1) - video.currentTime : 0;
  element("buffered").textContent = `${ahead.toFixed(1)} s`;
  if (video.readyState > 0) {
    element("picture").textContent = video.videoWidth ? `${video.videoWidth} × ${video.videoHeight}` : "audio only";
  }
  const running = !video.paused && video.readyState > 2;
  element("state").textContent = video.error ? "failed" : video.ended ? "ended" : running ? "playing" : "waiting";
  if (clock.origin !== null) {
    const at = (clock.origin + video.currentTime) * 1000;
    element("clock").textContent = new Date(at).toISOString().replace("T", " ").replace("Z", " UTC");
    const delay = (Date.now() - at) / 1000;
    element("delay").textContent = delay < 3600 ? `${delay.toFixed(1)} s` : "recording";
  }
}

async function play(address) {
  element("open").hidden = true;
  const video = element("video");
  const tracks = parseMaster(await load(address, "text"), address);
  element("stage").hidden = false;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
  const buffers = tracks.map((track) => {
    if (!MediaSource.isTypeSupported(track.mime)) throw new Error(`this browser cannot play ${track.mime}`);
    return source.addSourceBuffer(track.mime);
  });
  video.addEventListener("pause", () => { video.dataset.touched = "1"; });
  video.addEventListener("play", () => { delete video.dataset.touched; });
  // Who runs dry plays a little further behind from then on.
  video.addEventListener("waiting", () => { if (video.currentTime > 0) clock.margin = Math.min(clock.margin + 0.25, 4); });
  setInterval(() => { steer(video); report(video); }, 200);
  // Video first, so that the clock's origin comes from it.
  const first = feed(tracks[0], buffers[0], video);
  while (clock.origin === null && tracks.length > 1) await Promise.race([first, sleep(50)]);
  await Promise.all([first, ...tracks.slice(1).map((track, index) => feed(track, buffers[index + 1], video))]);
  source.endOfStream();
}

function start() {
  const text = decodeURIComponent(location.hash.slice(1));
  if (!text) return;
  const address = new URL(text, location.href);
  element("stream").textContent = "player";
  play(address).catch((error) => complain(error.message));
}

element("open").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = encodeURIComponent(element("address").value);
  location.reload();
});
start();
