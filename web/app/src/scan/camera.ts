import { onScopeDispose, ref, type Ref } from 'vue';
import { Decoder } from './decoder';

/** What became of the camera. */
export type CameraState = 'starting' | 'on' | 'denied' | 'none' | 'busy' | 'insecure';

/** The square of the frame that is read, as a share of its shorter side. */
const CROP = 0.86;
/** Side of the square handed to the decoder; a code fills about half of it. */
const READ_SIDE = 900;

export interface Camera {
  state: Readonly<Ref<CameraState>>;
  /** Null where the camera has no torch. */
  torch: Readonly<Ref<boolean | null>>;
  start(video: HTMLVideoElement): Promise<void>;
  toggleTorch(): Promise<void>;
  stop(): void;
}

/** The back camera, read frame by frame until `found` is called with a text. */
export function useCamera(found: (text: string) => void): Camera {
  const state = ref<CameraState>('starting');
  const torch = ref<boolean | null>(null);
  let stream: MediaStream | null = null;
  let decoder: Decoder | null = null;
  let running = false;
  /** Which start this is: one that was stopped while the browser asked must not leave the camera on. */
  let turn = 0;

  async function start(video: HTMLVideoElement): Promise<void> {
    stop();
    const mine = ++turn;
    state.value = 'starting';
    if (!navigator.mediaDevices) {
      state.value = 'insecure';
      return;
    }
    let given: MediaStream;
    try {
      given = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } },
      });
    } catch (reason) {
      state.value = stateOf(reason);
      return;
    }
    if (mine !== turn) {
      given.getTracks().forEach((track) => track.stop());
      return;
    }
    stream = given;
    video.srcObject = given;
    await video.play().catch(() => undefined);
    if (mine !== turn) return;
    const track = given.getVideoTracks()[0];
    const abilities = track?.getCapabilities?.() as { torch?: boolean } | undefined;
    torch.value = abilities?.torch ? false : null;
    state.value = 'on';
    running = true;
    decoder = new Decoder();
    void readFrames(video, decoder);
  }

  async function readFrames(video: HTMLVideoElement, reader: Decoder): Promise<void> {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = READ_SIDE;
    const ctx = canvas.getContext('2d', { willReadFrequently: true });
    while (running && ctx) {
      await nextFrame(video);
      if (!running || video.videoWidth === 0) continue;
      const side = Math.min(video.videoWidth, video.videoHeight) * CROP;
      const left = (video.videoWidth - side) / 2;
      const top = (video.videoHeight - side) / 2;
      ctx.drawImage(video, left, top, side, side, 0, 0, READ_SIDE, READ_SIDE);
      const { text, broken } = await reader.read(ctx.getImageData(0, 0, READ_SIDE, READ_SIDE), false);
      if (!running) return;
      if (broken) {
        stop();
        state.value = 'busy';
        return;
      }
      if (text) {
        stop();
        navigator.vibrate?.(60);
        found(text);
      }
    }
  }

  async function toggleTorch(): Promise<void> {
    const track = stream?.getVideoTracks()[0];
    if (!track || torch.value === null) return;
    const wanted = !torch.value;
    try {
      await track.applyConstraints({ advanced: [{ torch: wanted } as MediaTrackConstraintSet] });
      torch.value = wanted;
    } catch {
      torch.value = null;
    }
  }

  function stop(): void {
    running = false;
    turn += 1;
    decoder?.close();
    decoder = null;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    torch.value = null;
  }

  onScopeDispose(stop);
  return { state, torch, start, toggleTorch, stop };
}

function stateOf(reason: unknown): CameraState {
  const name = reason instanceof DOMException ? reason.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  return 'busy';
}

function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((done) => {
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(() => done());
    else requestAnimationFrame(() => done());
  });
}
