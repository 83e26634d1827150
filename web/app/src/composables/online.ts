import { readonly, ref } from 'vue';

const state = ref(navigator.onLine);
addEventListener('online', () => (state.value = true));
addEventListener('offline', () => (state.value = false));

/** What the browser believes about its connection; `true` may still mean an unreachable server. */
export const online = readonly(state);
