/** The partner that is signed in: what it may, its quota, and the purpose that was chosen. */
import { computed, readonly, ref, shallowRef } from 'vue';
import { RequestFailed, type FailureKind } from '@/api/client';
import { getMe } from './calls';
import type { PartnerMe, Scope } from './types';

const me = shallowRef<PartnerMe | null>(null);
const failure = ref<FailureKind | null>(null);
const chosen = ref<string | null>(null);

/** As the server last said. */
export const partner = readonly(me);
/** Why there is nothing newer. */
export const partnerFailure = readonly(failure);
/** For what one checks; asked for once in a visit, kept in sight. */
export const purpose = computed<string | null>({
  get: () => chosen.value,
  set: (code) => (chosen.value = code),
});
export const may = (scope: Scope): boolean => me.value?.scopes.some((one) => one.code === scope) ?? false;

/** Asks anew: when somebody signs in, and after something was counted. */
export async function hearPartner(): Promise<void> {
  try {
    me.value = await getMe();
    failure.value = null;
  } catch (reason) {
    failure.value = reason instanceof RequestFailed ? reason.kind : 'server';
  }
}

/** While nobody is there, nothing of the firm is either. */
export function forgetPartner(): void {
  me.value = null;
  failure.value = null;
  chosen.value = null;
}
