import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue';
import { getLicencePhoto } from '@/api/licence-calls';

/** The holder's photo as an address that lives as long as the screen; the photo itself is never kept. */
export function useLicencePhoto(wanted: () => boolean): {
  url: Readonly<Ref<string | null>>;
  tried: Readonly<Ref<boolean>>;
} {
  const url = ref<string | null>(null);
  const tried = ref(false);
  let closed = false;

  async function load(): Promise<void> {
    const photo = await getLicencePhoto();
    tried.value = true;
    if (photo !== null && !closed) url.value = URL.createObjectURL(photo);
  }
  watch(
    wanted,
    (wants) => {
      if (wants && url.value === null) void load();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    closed = true;
    if (url.value !== null) URL.revokeObjectURL(url.value);
  });
  return { url: readonly(url), tried: readonly(tried) };
}
