import type { Messages } from '../zh-CN';
import apply from './apply';
import core from './core';
import licence from './licence';
import verify from './verify';

/** English, complete. */
const en: Messages = { ...core, ...licence, ...apply, ...verify };

export default en;
