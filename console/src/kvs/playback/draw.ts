/** Draws a timeline: what is stored, what is missing, where codecs change, and when. */

import type { Coverage } from "./coverage";
import { span, ticks } from "./view";
import type { View } from "./view";

export interface Scene {
  view: View;
  coverage: Coverage | undefined;
  /** What is on screen now. */
  cursorMs: number | undefined;
  nowMs: number;
}

/** Colours and font of a theme, as a canvas takes them. */
export interface Palette {
  colour: (name: string) => string;
  family: string;
}

/** Reads what the style sheet says; anew when the theme changes, never while drawing. */
export function paletteOf(canvas: HTMLCanvasElement): Palette {
  const style = getComputedStyle(canvas);
  const known = new Map(COLOURS.map((name) => [name, resolved(canvas, style.getPropertyValue(name))]));
  return { colour: (name) => known.get(name) ?? "", family: style.fontFamily };
}

/** Draws a scene onto a canvas whose backing store fits its size on screen. */
export function draw(canvas: HTMLCanvasElement, scene: Scene, palette: Palette) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0) return;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const paint = (name: string) => (pen.fillStyle = palette.colour(name));
  const x = (atMs: number) => ((atMs - scene.view.fromMs) / span(scene.view)) * width;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint("--absent");
  pen.fillRect(0, 0, width, height);
  if (scene.coverage) drawCoverage(pen, paint, scene.coverage, x, width);
  drawTicks(pen, paint, scene.view, x, width, palette.family);
  const nowX = x(scene.nowMs);
  if (nowX >= 0 && nowX <= width) {
    paint("--text");
    pen.fillRect(Math.round(nowX), BAR_TOP - 4, 1, BAR_HEIGHT + 8);
  }
  if (scene.cursorMs !== undefined) {
    const at = Math.round(x(scene.cursorMs));
    paint("--cursor");
    pen.fillRect(at - 1, BAR_TOP - 6, 2, BAR_HEIGHT + 12);
  }
}

function drawCoverage(
  pen: CanvasRenderingContext2D,
  paint: (name: string) => void,
  coverage: Coverage,
  x: (atMs: number) => number,
  width: number,
) {
  const bar = (fromMs: number, toMs: number, least: number) => {
    const [from, to] = [Math.max(0, x(fromMs)), Math.min(width, x(toMs))];
    if (to >= 0 && from <= width) pen.fillRect(from, BAR_TOP, Math.max(least, to - from), BAR_HEIGHT);
  };
  paint("--ground");
  bar(coverage.retentionEdgeMs, coverage.nowMs, 0);
  paint("--gap");
  for (const [fromMs, toMs] of coverage.gaps) bar(fromMs, toMs, 0);
  paint("--media");
  for (const [fromMs, toMs] of coverage.spans) bar(fromMs, toMs, 1.5);
  paint("--change");
  for (const { atMs, from } of coverage.codecChanges) {
    if (from === null) continue;
    const at = x(atMs);
    if (at < -6 || at > width + 6) continue;
    pen.beginPath();
    pen.moveTo(at - 5, BAR_TOP - 7);
    pen.lineTo(at + 5, BAR_TOP - 7);
    pen.lineTo(at, BAR_TOP);
    pen.fill();
    pen.fillRect(at - 0.5, BAR_TOP, 1, BAR_HEIGHT);
  }
}

function drawTicks(
  pen: CanvasRenderingContext2D,
  paint: (name: string) => void,
  view: View,
  x: (atMs: number) => number,
  width: number,
  family: string,
) {
  pen.textBaseline = "top";
  let free = 0;
  for (const tick of ticks(view, Math.max(2, width / TICK_PX))) {
    const at = Math.round(x(tick.atMs));
    paint("--line");
    pen.fillRect(at, BAR_TOP + BAR_HEIGHT, 1, tick.isMajor ? 10 : 6);
    pen.font = `${tick.isMajor ? "bold " : ""}12px ${family}`;
    const half = pen.measureText(tick.label).width / 2;
    if (at - half < free || at + half > width) continue;
    paint("--text");
    pen.fillText(tick.label, at - half, BAR_TOP + BAR_HEIGHT + 11);
    free = at + half + 8;
  }
}

/** A canvas does not know `light-dark()`; the colour of an element is worked out. */
function resolved(canvas: HTMLCanvasElement, colour: string): string {
  const kept = canvas.style.color;
  canvas.style.color = colour;
  const found = getComputedStyle(canvas).color;
  canvas.style.color = kept;
  return found;
}

export const BAR_TOP = 28;
export const BAR_HEIGHT = 26;
const TICK_PX = 90;
const COLOURS = ["--absent", "--ground", "--gap", "--media", "--change", "--text", "--line", "--cursor"];
