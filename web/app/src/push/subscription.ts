import { getPushKey, postPushEnd, postPushSubscription } from '@/api/licence-calls';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';

/** Whether this browser gets pushes, or why it cannot. */
export type PushState = 'on' | 'off' | 'denied' | 'none';

async function registration(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis) || !('Notification' in globalThis)) {
    return null;
  }
  return (await navigator.serviceWorker.getRegistration()) ?? null;
}

/** How things stand in this browser. */
export async function pushState(): Promise<PushState> {
  const worker = await registration();
  if (worker === null) return 'none';
  if (Notification.permission === 'denied') return 'denied';
  return (await worker.pushManager.getSubscription()) === null ? 'off' : 'on';
}

/** Asks for the permission and registers this browser; throws when the browser or the server refuses. */
export async function turnPushOn(): Promise<PushState> {
  const worker = await registration();
  if (worker === null) return 'none';
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const key = fromBase64Url(await getPushKey());
  if (key === null) throw new Error('the push key is not base64url');
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  try {
    const [p256dh, auth] = [subscription.getKey('p256dh'), subscription.getKey('auth')];
    if (p256dh === null || auth === null) throw new Error('a subscription without keys');
    await postPushSubscription({
      endpoint: subscription.endpoint,
      p256dh: toBase64Url(new Uint8Array(p256dh)),
      auth: toBase64Url(new Uint8Array(auth)),
    });
  } catch (failure) {
    // a subscription that the server does not know would only look as if it were on
    await subscription.unsubscribe();
    throw failure;
  }
  return 'on';
}

/** Ends this browser's pushes, at the server first. */
export async function turnPushOff(): Promise<PushState> {
  const subscription = await (await registration())?.pushManager.getSubscription();
  if (subscription) {
    await postPushEnd(subscription.endpoint);
    await subscription.unsubscribe();
  }
  return pushState();
}
