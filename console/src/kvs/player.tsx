/** Plays a stream by HLS, in any browser that has Media Source Extensions or HLS itself. */

import Hls from "hls.js";
import type { ErrorData, HlsConfig } from "hls.js";
import { useEffect, useRef, useState } from "react";

import { serverNow } from "../api/clock";
import { Failure } from "../api/failure";
import "./player.css";

/** What the player is doing. */
export interface Playing {
  state: "starting" | "playing" | "paused" | "waiting" | "ended";
  /** When the picture on screen was taken or arrived, milliseconds since the epoch. */
  atMs: number | undefined;
  /** How far the picture is behind now, milliseconds. */
  delayMs: number | undefined;
  /** Media that is there already, seconds. */
  bufferedS: number;
  width: number;
  height: number;
  decodedFrames: number;
  droppedFrames: number;
}

interface Props {
  /** Address of a master playlist. */
  src: string;
  /** Seconds after the start of a recording to begin at. */
  startS?: number;
  isLive: boolean;
  onPlaying?: (playing: Playing) => void;
  /** Something that ends playing; the caller may ask for another address. */
  onFailure?: (failure: Failure) => void;
}

/** A video that plays at once, without sound. */
export function Player({ src, startS, isLive, onPlaying, onFailure }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef({ onPlaying, onFailure });
  useEffect(() => {
    told.current = { onPlaying, onFailure };
  });
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const fail = (failure: Failure) => told.current.onFailure?.(failure);
    const stop = Hls.isSupported()
      ? playByHlsJs(element, src, isLive, startS, fail)
      : playNatively(element, src, fail);
    const timer = setInterval(() => told.current.onPlaying?.(stop.look()), LOOK_MS);
    return () => {
      clearInterval(timer);
      stop.end();
    };
  }, [src, isLive, startS]);
  return <video ref={video} className="player" muted autoPlay playsInline controls aria-label="Video" />;
}

/** What the player is doing, for pages that show it. */
export function usePlaying() {
  return useState<Playing>();
}

interface Running {
  look: () => Playing;
  end: () => void;
}

function playByHlsJs(
  video: HTMLVideoElement,
  src: string,
  isLive: boolean,
  startS: number | undefined,
  fail: (failure: Failure) => void,
): Running {
  const hls = new Hls({ ...SETTINGS, ...(startS !== undefined && { startPosition: startS }) });
  let recoveries = 0;
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && recoveries < RECOVERIES_MAX) {
      recoveries += 1;
      hls.recoverMediaError();
      return;
    }
    fail(failureOf(data));
  });
  hls.loadSource(src);
  hls.attachMedia(video);
  void video.play().catch(() => undefined);
  return {
    look: () => {
      const atMs = hls.playingDate?.getTime();
      const delayMs = isLive && atMs !== undefined ? serverNow() - atMs : undefined;
      return looked(video, atMs, delayMs);
    },
    end: () => hls.destroy(),
  };
}

/** What the server said, where it was the server that refused. */
function failureOf(data: ErrorData): Failure {
  const status = data.response?.code ?? 0;
  if (data.type === Hls.ErrorTypes.NETWORK_ERROR && status === 0) return Failure.unreachable();
  const answer: unknown = data.networkDetails;
  const text = answer instanceof XMLHttpRequest ? answer.responseText : "";
  try {
    const told = JSON.parse(text) as { message?: string; Message?: string };
    const message = told.message ?? told.Message;
    if (message) return new Failure({ code: data.details, message, status });
  } catch {
    // It was no answer of ours.
  }
  return new Failure({ code: data.details, message: data.response?.text ?? data.error.message, status });
}

/** Safari plays HLS itself and knows the time of what it shows. */
function playNatively(video: HTMLVideoElement, src: string, fail: (failure: Failure) => void): Running {
  const failed = () => {
    fail(new Failure({ code: "MediaError", message: video.error?.message ?? "The video cannot be played." }));
  };
  video.addEventListener("error", failed);
  video.src = src;
  return {
    look: () => {
      const startDate = (video as { getStartDate?: () => Date }).getStartDate?.().getTime();
      const isKnown = startDate !== undefined && !Number.isNaN(startDate);
      return looked(video, isKnown ? startDate + video.currentTime * 1000 : undefined, undefined);
    },
    end: () => {
      video.removeEventListener("error", failed);
      video.removeAttribute("src");
      video.load();
    },
  };
}

function looked(video: HTMLVideoElement, atMs: number | undefined, delayMs: number | undefined): Playing {
  const quality = video.getVideoPlaybackQuality();
  let bufferedS = 0;
  for (let at = 0; at < video.buffered.length; at += 1) {
    if (video.buffered.start(at) <= video.currentTime && video.currentTime <= video.buffered.end(at)) {
      bufferedS = video.buffered.end(at) - video.currentTime;
    }
  }
  return {
    state: stateOf(video),
    atMs,
    delayMs,
    bufferedS,
    width: video.videoWidth,
    height: video.videoHeight,
    decodedFrames: quality.totalVideoFrames,
    droppedFrames: quality.droppedVideoFrames,
  };
}

function stateOf(video: HTMLVideoElement): Playing["state"] {
  if (video.ended) return "ended";
  if (video.paused) return video.currentTime === 0 ? "starting" : "paused";
  if (video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
    return video.currentTime === 0 ? "starting" : "waiting";
  }
  return "playing";
}

const LOOK_MS = 250;
const RECOVERIES_MAX = 3;
const SETTINGS: Partial<HlsConfig> = {
  // The policy of the page allows workers of its own only from a blob, as hls.js makes them.
  enableWorker: true,
  // Fragments are short; three of them are enough to be smooth.
  liveSyncDurationCount: 2,
  liveMaxLatencyDurationCount: 8,
  maxLiveSyncPlaybackRate: 1.25,
  backBufferLength: 60,
};
