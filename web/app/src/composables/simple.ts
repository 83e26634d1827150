import { ref, watch } from 'vue';
import { largeType } from './settings';

const KEY = 'luzheng.simple';

function read(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on';
  } catch {
    return false;
  }
}

/** Simple mode (适老化): fewer and bigger choices. Each screen leaves out what is not needed to get the one thing done. */
export const simple = ref(read());

let first = true;
watch(
  simple,
  (value) => {
    try {
      localStorage.setItem(KEY, value ? 'on' : 'off');
    } catch {
      // a browser that keeps nothing is asked again next time
    }
    document.documentElement.classList.toggle('simple', value);
    // the large type comes and goes with it
    if (value || !first) largeType.value = value;
    first = false;
  },
  { immediate: true },
);
