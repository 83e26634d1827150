import { runArgon, type ArgonOrder } from './argon';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
scope.onmessage = ({ data }: MessageEvent<ArgonOrder>) => {
  runArgon(data).then(
    (made) => scope.postMessage(made),
    () => scope.postMessage(null),
  );
};
