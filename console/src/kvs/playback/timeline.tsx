/** A timeline to look at, drag, zoom and choose a time on: by pointer, wheel, touch and keys. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";

import { local } from "../../parts/moment";
import { duration } from "../../words";
import { gapAt } from "./coverage";
import type { Coverage } from "./coverage";
import { draw, paletteOf } from "./draw";
import type { Palette } from "./draw";
import "./timeline.css";
import { panned, span, zoomed } from "./view";
import type { View } from "./view";

interface Props {
  view: View;
  onView: (view: View) => void;
  coverage: Coverage | undefined;
  /** When the picture on screen is from. */
  cursorMs: number | undefined;
  nowMs: number;
  onSeek: (atMs: number) => void;
}

/** The timeline. */
export function Timeline({ view, onView, coverage, cursorMs, nowMs, onSeek }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scene = useRef({ view, coverage, cursorMs, nowMs });
  const frame = useRef(0);
  const palette = useRef<Palette>(undefined);
  const [hover, setHover] = useState<number>();
  const [isDragged, setDragged] = useState(false);
  const pointers = useRef(new Map<number, number>());
  const moved = useRef(false);

  const redraw = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      if (!canvas.current) return;
      palette.current ??= paletteOf(canvas.current);
      draw(canvas.current, scene.current, palette.current);
    });
  }, []);
  useLayoutEffect(() => {
    scene.current = { view, coverage, cursorMs, nowMs };
    redraw();
  });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const sized = new ResizeObserver(redraw);
    sized.observe(element);
    const themed = new MutationObserver(() => {
      palette.current = undefined;
      redraw();
    });
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      sized.disconnect();
      themed.disconnect();
    };
  }, [redraw]);

  const timeAt = (clientX: number) => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    const { view } = scene.current;
    return view.fromMs + ((clientX - left) / width) * span(view);
  };
  /** Sets the view at once for the next event, and for React when it gets to it. */
  const show = useCallback(
    (view: View) => {
      scene.current = { ...scene.current, view };
      redraw();
      onView(view);
    },
    [onView, redraw],
  );

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // React's own wheel listeners are passive: the page would scroll as well.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, width } = element.getBoundingClientRect();
      const { view } = scene.current;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
        const moved = (event.deltaX || event.deltaY) / width;
        show(panned(view, moved * span(view)));
        return;
      }
      const around = view.fromMs + ((event.clientX - left) / width) * span(view);
      show(zoomed(view, Math.exp(event.deltaY * WHEEL_ZOOM), around));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [show]);

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    pointers.current.set(event.pointerId, event.clientX);
    event.currentTarget.setPointerCapture(event.pointerId);
    if (pointers.current.size === 1) moved.current = false;
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    setHover(timeAt(event.clientX));
    const lastX = pointers.current.get(event.pointerId);
    if (lastX === undefined) return;
    const { width } = event.currentTarget.getBoundingClientRect();
    const { view } = scene.current;
    const others = [...pointers.current].filter(([id]) => id !== event.pointerId);
    const other = others[0]?.[1];
    if (other !== undefined) {
      // Two fingers: the time under the resting one stays.
      const factor = Math.abs(lastX - other) / Math.max(8, Math.abs(event.clientX - other));
      show(zoomed(view, factor, timeAt(other)));
      moved.current = true;
    } else {
      if (!moved.current && Math.abs(event.clientX - lastX) < CLICK_PX) return;
      moved.current = true;
      setDragged(true);
      show(panned(view, ((lastX - event.clientX) / width) * span(view)));
    }
    pointers.current.set(event.pointerId, event.clientX);
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    if (!pointers.current.delete(event.pointerId)) return;
    setDragged(false);
    if (!moved.current && event.type === "pointerup") onSeek(timeAt(event.clientX));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const { view } = scene.current;
    const at = cursorMs ?? (view.fromMs + view.toMs) / 2;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => onSeek(at - span(view) / 50),
      ArrowRight: () => onSeek(at + span(view) / 50),
      PageUp: () => show(panned(view, -span(view) / 2)),
      PageDown: () => show(panned(view, span(view) / 2)),
      "+": () => show(zoomed(view, 0.5, at)),
      "=": () => show(zoomed(view, 0.5, at)),
      "-": () => show(zoomed(view, 2, at)),
      Home: () => coverage?.oldest && onSeek(coverage.oldest[`${coverage.clock}Ms`]),
      End: () => onSeek(nowMs),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  };

  const gap = hover !== undefined && coverage ? gapAt(coverage, hover) : undefined;
  const share = hover === undefined ? 0 : (hover - view.fromMs) / span(view);
  return (
    <div
      ref={box}
      className={isDragged ? "timeline dragged" : "timeline"}
      role="slider"
      tabIndex={0}
      aria-label="Timeline"
      aria-valuemin={Math.round(view.fromMs)}
      aria-valuemax={Math.round(view.toMs)}
      aria-valuenow={Math.round(Math.min(view.toMs, Math.max(view.fromMs, cursorMs ?? view.fromMs)))}
      aria-valuetext={`${cursorMs === undefined ? "Nothing is playing" : local(new Date(cursorMs))}; shown are ${duration(span(view))}`}
      aria-description="Left and right choose a time, Page Up and Page Down move, plus and minus zoom."
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onPointerLeave={() => setHover(undefined)}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} />
      {hover !== undefined && (
        <Tip share={share} text={`${local(new Date(hover))}${gap ? ` · nothing for ${duration(gap[1] - gap[0])}` : ""}`} />
      )}
    </div>
  );
}

/** What is at the pointer, kept within the timeline without measuring either. */
function Tip({ share, text }: { share: number; text: string }) {
  const percent = `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;
  return (
    <div className="timeline-tip" style={{ left: percent, transform: `translateX(-${percent})` }} aria-hidden>
      {text}
    </div>
  );
}

/** A pointer that moved less was held still. */
const CLICK_PX = 4;
const WHEEL_ZOOM = 0.002;
