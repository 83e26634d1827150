import { readonly, ref } from 'vue';
import { PURPOSES, type Purpose } from './types';

/** Why the officer looks: for the visit, in memory only. */
const chosen = ref<Purpose | null>(null);
export const purpose = readonly(chosen);
export function choosePurpose(one: Purpose | null): void {
  chosen.value = one !== null && PURPOSES.includes(one) ? one : null;
}
